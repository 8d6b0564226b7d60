"""How uneven four modes are, by hand: shares of 1/2, 1/4, 1/4 and nothing."""

import math

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

SHARES = (0.5, 0.25, 0.25, 0.0)

_KNOWN = [share for share in SHARES if share]
IMBALANCE = sum(p * math.log(len(SHARES) * p) for p in _KNOWN)

EXERCISES = (
    Exercise(
        name="metrics.modes.imbalance_by_hand",
        kind="number",
        reference=IMBALANCE,
        tolerance=0.002,
        wrong=(
            WrongAnswer(
                "bits", IMBALANCE / math.log(2), "value", "Those are bits. Nats need the natural logarithm, math.log."
            ),
            WrongAnswer(
                "found_modes_only",
                sum(p * math.log(len(_KNOWN) * p) for p in _KNOWN),
                "value",
                "You compared with an even share of the three that were found. There are four modes.",
            ),
            WrongAnswer(
                "entropy",
                -sum(p * math.log(p) for p in _KNOWN),
                "value",
                "That is the entropy of the shares. It is largest where they are even; the imbalance is 0 there.",
            ),
            WrongAnswer(
                "good_samples_only",
                sum(p * math.log(4 * p) for p in (8 / 17, 5 / 17, 4 / 17)),
                "value",
                "Every sample counts for its nearest mode, the ones that are not good too.",
            ),
            WrongAnswer(
                "good_samples_of_all",
                sum(p * math.log(4 * p) for p in (0.4, 0.25, 0.2)),
                "value",
                "Every sample counts for its nearest mode, the ones that are not good too: the shares sum to 1.",
            ),
            WrongAnswer(
                "lost_the_sign", -IMBALANCE, "value", "A divergence is never negative: which share stands on top?"
            ),
        ),
    ),
)
