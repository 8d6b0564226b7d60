"""An open lab: ``beat_the_maximum(a, b)`` beats the pixelwise maximum on the field's own metrics and hides the PET.

What is measured, on three heads with two lesions each (MRI and PET): on how many of eight published metrics the mean of
the learner's images is higher than that of the maximum, whether mutual information is one of them, and how much of the
lesions' contrast is left. Mutual information refuses what one line of arithmetic makes: a blend of the sources, or of
known methods, has new gray levels nearly everywhere.
"""

import warnings
from functools import partial

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair
from medfuse_course.exercises.open_lab import Goal, Values, heads, lab_on_pairs
from medfuse_course.exercises.samples import stays_in_range
from medfuse_course.metrics import evaluate

EIGHT = ("en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim")
"""What CDDFuse and most papers after it print, all of them bold where highest."""
MUTUAL, LESIONS = "mi", "lesion_contrast_recovery"
GOAL = 7
SHARE = 0.5
"""Of the lesion contrast that the maximum keeps, at most so much may be left."""


def stepped(a: Image, b: Image) -> Image:
    """The first source, 23 whole gray levels brighter wherever the second shows any uptake worth the name."""
    fused: Image = np.clip(a + 23 / 255 * (b > 0.25), 0, 1).astype(np.float32)
    return fused


def measure(fused: Image, pair: Pair) -> Values:
    """The eight metrics and the lesion contrast recovery; NaN where one has no value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return evaluate(fused, pair.a, pair.b, (*EIGHT, LESIONS), truth=pair.truth)


cases = partial(heads, "head/mri-pet", (0, 1, 2))
LAB = lab_on_pairs(cases, measure, {"maximum": np.maximum})


def beaten(reached: Values) -> tuple[str, ...]:
    """Those of the eight metrics in which the maximum is beaten."""
    return tuple(name for name in EIGHT if reached[name] > LAB.known["maximum"][name])


def _listed(reached: Values) -> str:
    return f" of 8 ({', '.join(beaten(reached))})" if beaten(reached) else " of 8"


EXERCISES = (
    LAB.exercise(
        name="metrics.lab.beat_the_maximum",
        reference="medfuse_course.exercises.metrics.lab:stepped",
        before=(stays_in_range(LAB.made),),
        goals=(
            Goal(
                "hides-pet",
                "lesion contrast",
                "The lesions are bright in PET and dark in MRI: whose side must the image be on?",
                lambda x: x[LESIONS],
                lambda known: SHARE * known,
                "maximum",
                most=True,
            ),
            Goal(
                "mutual-information",
                "MI",
                "MI falls where one gray level of a source becomes many. Which change of the levels keeps them apart?",
                lambda x: x[MUTUAL],
                lambda known: known,
                "maximum",
                beat=True,
            ),
            Goal(
                "beats-maximum",
                "metrics above the maximum",
                "Most of the metrics reward closeness to any one source; SCD and SD want some of the other one too.",
                lambda x: len(beaten(x)),
                lambda _: GOAL,
                "maximum",
                form=".0f",
                detail=_listed,
            ),
        ),
    ),
)
