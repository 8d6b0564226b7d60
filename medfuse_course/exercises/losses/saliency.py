"""The weight of a source by hand: how much entropy and brightness are worth."""

import math

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

RICHER, BRIGHTER = 4.0, 3 * 0.9
"""Scores of two tiles: 4 bits and nothing bright; no bits, and evenly 0.9, which counts threefold."""

EXERCISES = (
    Exercise(
        name="losses.saliency.weight_of_bone",
        kind="number",
        reference=1 / (1 + math.exp((RICHER - BRIGHTER) / 0.5)),
        tolerance=0.001,
        wrong=(
            WrongAnswer(
                "no_temperature",
                1 / (1 + math.exp(RICHER - BRIGHTER)),
                "value",
                "The scores are right. They are divided by c = 0.5 before the softmax, which doubles their distance.",
            ),
            WrongAnswer(
                "entropy_only",
                1 / (1 + math.exp(RICHER / 0.5)),
                "value",
                "You counted the bits alone. The CT is brighter than 0.85 everywhere, and that counts threefold.",
            ),
            WrongAnswer(
                "bright_counted_once",
                1 / (1 + math.exp((RICHER - 0.9) / 0.5)),
                "value",
                "The brightness of the bone counts three times its mean.",
            ),
            WrongAnswer(
                "weight_of_the_other",
                1 / (1 + math.exp(-(RICHER - BRIGHTER) / 0.5)),
                "value",
                "That is what is left for the MRI.",
            ),
            WrongAnswer(
                "share_of_the_scores",
                BRIGHTER / (RICHER + BRIGHTER),
                "value",
                "A softmax is a ratio of exponentials of the scores, not of the scores.",
            ),
        ),
    ),
)
