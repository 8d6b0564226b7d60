"""From seeds to a word: ``judge(gains, interval)`` says supported, refuted, undecided or cannot be asked.

`gains` are differences, one for each seed, positive where a claim holds; ``interval(gains)`` gives both ends of their
95 % interval, NaN for fewer than five.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from medfuse_course.benchmark import paired_interval
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer

WORDS = ("supported", "refuted", "undecided", "cannot be asked")
Interval = Callable[[FloatArray], tuple[float, float]]


def judge(gains: FloatArray, interval: Interval) -> str:
    """Supported above 0, refuted below, undecided around it; nothing without an interval."""
    low, high = interval(gains)
    if np.isnan(low):
        return WORDS[3]
    return WORDS[0] if low > 0 else WORDS[1] if high < 0 else WORDS[2]


_GAINS = {
    "above": ((0.2, 0.3, 0.25, 0.22, 0.31), "supported"),
    "below": ((-0.2, -0.3, -0.25, -0.22, -0.31), "refuted"),
    "unsure": ((0.01, 0.6, -0.1, 0.05, 0.02), "undecided"),
    "one-far-off": ((-0.02, 0.9, -0.01, 0.03, -0.05), "undecided"),
    "few": ((0.2, 0.3, 0.25), "cannot be asked"),
}
"""Gains, and what they say."""


def _asks(id: str, hint: str) -> Property:
    values, wanted = _GAINS[id]

    def test(answer: Attempt) -> str | None:
        got = answer(np.array(values), paired_interval)
        if not isinstance(got, str):
            raise Refused(f"it returned {type(got).__name__}, not one of the words {', '.join(WORDS)}")
        if got not in WORDS:
            raise Refused(f"it returned the str {got!r:.40}, not one of the words {', '.join(WORDS)}")
        said = ", ".join(f"{value:+.2f}" for value in values)
        return None if got == wanted else f"of gains {said} it said {got!r}, not {wanted!r}"

    return Property(id, test, hint)


_ENDS = ((0.0, 0.4, "undecided"), (-0.4, 0.0, "undecided"), (0.1, 0.9, "supported"), (-0.9, -0.1, "refuted"))
"""Intervals, and what they say whatever the gains are; an interval that touches 0 holds it."""


def _ends(answer: Attempt) -> str | None:
    for low, high, wanted in _ENDS:
        got = answer(np.array(_GAINS["unsure"][0]), lambda gains, ends=(low, high): ends)
        if got != wanted:
            return f"where interval gave {low:g} and {high:g} it said {got!r:.40}, not {wanted!r}"
    return None


def _by(mean: Callable[[Any], Any]) -> Callable[[FloatArray, Interval], str]:
    return lambda gains, interval: WORDS[3] if len(gains) < 5 else WORDS[0] if mean(gains) > 0 else WORDS[1]


EXERCISES = (
    Exercise(
        name="benchmark.verdicts.judge",
        kind="function",
        reference="medfuse_course.exercises.benchmark.verdicts:judge",
        properties=(
            _asks("above", "The whole interval lies above 0."),
            _asks("below", "The whole interval lies below 0: the claim is refuted, not unproven."),
            _asks("few", "Without an interval nothing can be said: interval gives NaN there."),
            _asks("unsure", "The mean is positive, and the interval holds 0."),
            _asks("one-far-off", "One training is far ahead, most are behind, and the interval holds 0."),
            Property("ends", _ends, "Only the two ends that interval gives decide; an end at 0 is not above it."),
        ),
        trials=lambda: (
            *((np.array(values), paired_interval) for values, _ in _GAINS.values()),
            (np.zeros(5), paired_interval),
            (np.array(_GAINS["unsure"][0]), lambda gains: (0.1, 0.9)),
        ),
        wrong=(
            WrongAnswer("by_the_mean", _by(np.mean), "unsure", "A mean has a sign even where nothing is known."),
            WrongAnswer(
                "by_the_majority",
                _by(np.median),
                "unsure",
                "How many seeds agree does not say how sure their mean is.",
            ),
            WrongAnswer(
                "unproven_is_refuted",
                lambda gains, interval: (
                    WORDS[3] if np.isnan(interval(gains)[0]) else WORDS[0] if interval(gains)[0] > 0 else WORDS[1]
                ),
                "unsure",
                "An interval around 0 says that the seeds do not know. That refutes nothing.",
            ),
            WrongAnswer(
                "nan_is_undecided",
                lambda gains, interval: (
                    WORDS[0] if interval(gains)[0] > 0 else WORDS[1] if interval(gains)[1] < 0 else WORDS[2]
                ),
                "few",
                "NaN is neither above nor below 0: ask for it first.",
            ),
            WrongAnswer(
                "an_interval_of_its_own",
                lambda gains, interval: judge(gains, lambda x: (x.min(), x.max()) if len(x) > 4 else (np.nan,) * 2),
                "ends",
                "You have an interval of your own. The one that is handed to you is that of the table.",
            ),
            WrongAnswer(
                "zero_is_above",
                lambda gains, interval: (
                    WORDS[0]
                    if interval(gains)[0] >= 0
                    else WORDS[1]
                    if interval(gains)[1] <= 0
                    else WORDS[3]
                    if np.isnan(interval(gains)[0])
                    else WORDS[2]
                ),
                "ends",
                "Where nothing differs the interval is 0 to 0. That supports nothing.",
            ),
            WrongAnswer(
                "the_other_way",
                lambda gains, interval: judge(-gains, interval),
                "above",
                "Gains are positive where the claim holds.",
            ),
        ),
    ),
)
