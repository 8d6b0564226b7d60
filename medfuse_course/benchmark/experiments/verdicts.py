"""A sentence of a text, held against tables of experiments: what supports it, what refutes it, what nobody asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medfuse_course.benchmark.bootstrap import FEWEST, paired_interval
from medfuse_course.benchmark.experiments.reading import seed_means
from medfuse_course.benchmark.experiments.running import find_experiment, list_experiments, shipped_rows
from medfuse_course.core.files import data_path

Verdict = Literal["supported", "refuted", "undecided", "cannot be asked"]


@dataclass(frozen=True)
class Evidence:
    """One comparison that says something of a sentence.

    Attributes
    ----------
    claim
        What would be seen if the sentence holds.
    experiment, measure
        A table and its column; "" where no experiment can ask.
    better, worse
        Arms, of which the first has to be ahead. Without `worse` the first is held against 0.
    higher
        Whether more of the measure is better.
    spread
        Compare how far each seed lies from the median of its arm, instead of the values.
    where
        Columns and the value that a row must have there.
    reason
        Why it cannot be asked.
    beside
        The sentence does not say this: a sceptic's comparison that stands beside it and is no part of its verdict.
    """

    claim: str
    experiment: str = ""
    measure: str = ""
    better: str = ""
    worse: str = ""
    higher: bool = False
    spread: bool = False
    where: Mapping[str, Any] = field(default_factory=dict)
    reason: str = "no experiment asks it"
    beside: bool = False


@dataclass(frozen=True)
class Weighed:
    """What a comparison says.

    Attributes
    ----------
    verdict
        As `verdict_of` gives it.
    gain
        By how much the better arm is ahead, mean over seeds; NaN where it cannot be asked.
    low, high
        Ends of the 95 % interval.
    reason
        Why it cannot be asked; else "".
    """

    verdict: Verdict
    gain: float
    low: float
    high: float
    reason: str = ""


def verdict_of(gains: ArrayLike) -> Verdict:
    """What differences say, one for each seed, in the direction of the claim.

    Parameters
    ----------
    gains
        Positive where the claim holds.

    Returns
    -------
    ``"supported"`` where their 95 % interval lies above 0, ``"refuted"`` where it lies below, else ``"undecided"``;
    ``"cannot be asked"`` of fewer than five.
    """
    values = np.asarray(gains, np.float64)
    if values.size < FEWEST or not np.isfinite(values).all():
        return "cannot be asked"
    return verdict_between(*paired_interval(values))


def verdict_between(low: float, high: float) -> Verdict:
    """What an interval of a difference says, which is positive where the claim holds.

    Parameters
    ----------
    low, high
        Its ends; NaN where there is none.

    Returns
    -------
    ``"supported"`` above 0, ``"refuted"`` below, else ``"undecided"``; ``"cannot be asked"`` of NaN.
    """
    if not np.isfinite([low, high]).all():
        return "cannot be asked"
    return "supported" if low > 0 else "refuted" if high < 0 else "undecided"


def weigh(evidence: Evidence) -> Weighed:
    """Hold a claim against the shipped table.

    Parameters
    ----------
    evidence
        The comparison.

    Returns
    -------
    What it says. A table or an arm that is not there cannot be asked.
    """
    if not evidence.experiment:
        return _unasked(evidence.reason)
    name = evidence.experiment
    if name not in {one.name for one in list_experiments()} or not _has_table(name):
        return _unasked(f"{name} has no table yet")
    column, untrained = find_experiment(name).arm_column, find_experiment(name).untrained
    means = seed_means(shipped_rows(name), evidence.measure, column, **evidence.where)
    absent = [arm for arm in (evidence.better, evidence.worse) if arm and arm not in means]
    if absent:
        return _unasked(f"{name} has no rows of {' and '.join(absent)} yet")
    known = [means[arm].size for arm in (evidence.better, evidence.worse) if arm and arm not in untrained]
    if len(set(known)) > 1:
        return _unasked(f"{name} lacks seeds")
    sides = [_side(means[arm], evidence.spread) if arm else np.zeros(1) for arm in (evidence.better, evidence.worse)]
    gains = sides[0] - sides[1] if evidence.higher else sides[1] - sides[0]
    verdict = verdict_of(gains)
    if verdict == "cannot be asked":
        return _unasked(f"{name} has too few seeds")
    return Weighed(verdict, float(gains.mean()), *paired_interval(gains))


def verdict_of_all(verdicts: Sequence[Verdict]) -> Verdict:
    """What several comparisons say of one sentence.

    Parameters
    ----------
    verdicts
        Of its parts.

    Returns
    -------
    Supported, or refuted, if every part that can be asked is; undecided where they differ.
    """
    asked = set(verdicts) - {"cannot be asked"}
    if not asked:
        return "cannot be asked"
    return asked.pop() if len(asked) == 1 else "undecided"


def _has_table(name: str) -> bool:
    try:
        data_path("benchmark", f"{name}.csv")
    except FileNotFoundError:
        return False
    return True


def _side(values: NDArray[np.float64], spread: bool) -> NDArray[np.float64]:
    return np.abs(values - np.median(values)) if spread else values


def _unasked(reason: str) -> Weighed:
    return Weighed("cannot be asked", np.nan, np.nan, np.nan, reason)
