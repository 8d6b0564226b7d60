"""An open lab: ``beat_the_maximum(a, b)`` beats the pixelwise maximum on the field's own metrics and hides the PET.

What is measured, on three heads with two lesions each (MRI and PET): on how many of eight published metrics the mean of
the learner's images is higher than that of the maximum, and how much of the lesions' contrast is left.
"""

import warnings
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.images import stays_in_range
from medfuse_course.metrics import evaluate

SEEDS = (0, 1, 2)
EIGHT = ("en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim")
"""What CDDFuse and most papers after it print, all of them bold where highest."""
LESIONS = "lesion_contrast_recovery"
GOAL = 6
SHARE = 0.5
"""Of the lesion contrast that the maximum keeps, at most so much may be left."""


def hardly_fused(a: Image, b: Image) -> Image:
    """The first source, with a breath of the second."""
    fused: Image = np.clip(a + 0.1 * b, 0, 1).astype(np.float32)
    return fused


def means(fused: Sequence[Image]) -> dict[str, float]:
    """The eight metrics and the lesion contrast recovery, each averaged over the heads; NaN where one has no value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [
            evaluate(image, pair.a, pair.b, (*EIGHT, LESIONS), truth=pair.truth)
            for image, pair in zip(fused, cases(), strict=True)
        ]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def beaten(reached: dict[str, float]) -> tuple[str, ...]:
    """Those of the eight metrics in which the maximum is beaten."""
    return tuple(name for name in EIGHT if reached[name] > maximum()[name])


@cache
def cases() -> tuple[Pair, ...]:
    """The three heads."""
    return tuple(load_pair("head/mri-pet", seed=seed, lesions=2) for seed in SEEDS)


@cache
def maximum() -> dict[str, float]:
    """What the pixelwise maximum reaches."""
    return means([np.maximum(pair.a, pair.b) for pair in cases()])


@lru_cache(maxsize=1)
def _fused(answer: Attempt) -> tuple[Image, ...]:
    return tuple(answer.image(pair.a, pair.b).astype(np.float32) for pair in cases())


@lru_cache(maxsize=1)
def _reached(answer: Attempt) -> dict[str, float]:
    return means(_fused(answer))


def _hides_pet(answer: Attempt) -> str | None:
    kept, allowed = _reached(answer)[LESIONS], SHARE * maximum()[LESIONS]
    return f"{kept:.2f} of the lesions' contrast is left, allowed is {allowed:.2f}" if kept > allowed else None


def _beats(answer: Attempt) -> str | None:
    names = beaten(_reached(answer))
    listed = f" ({', '.join(names)})" if names else ""
    return None if len(names) >= GOAL else f"it beats the maximum on {len(names)} of 8{listed}; the goal is {GOAL}"


def _report(answer: Attempt) -> str:
    reached = _reached(answer)
    return (
        f"beats the maximum on {len(beaten(reached))} of 8 ({', '.join(beaten(reached))}) and keeps "
        f"{reached[LESIONS]:.2f} of the lesions' contrast (maximum {maximum()[LESIONS]:.2f})"
    )


EXERCISES = (
    Exercise(
        name="metrics.lab.beat_the_maximum",
        title="Beat the maximum, hide the PET",
        kind="lab",
        reference="medfuse_course.exercises.metrics.lab:hardly_fused",
        hints=(
            "Which of the eight look at the fused image alone? And what does a mean over two sources make of an image "
            "that is perfect for one of them?",
            "Evaluate the MRI itself as if it were a fused image. SCD has no value then; why, and how little of the "
            "PET does it take to give it one?",
            "Keep the MRI and add a tenth of the PET: np.clip(a + 0.1 * b, 0, 1).",
        ),
        properties=(
            stays_in_range(_fused),
            Property(
                "hides-pet",
                _hides_pet,
                "The lesions are bright in PET and dark in MRI: whose side must the image be on?",
            ),
            Property("beats-maximum", _beats, "More than half of the metrics reward closeness to any one source."),
        ),
        score=_report,
    ),
)
