"""An open lab: ``restore(pet, hu)`` makes a better image of a PET at a fiftieth of the dose, with the CT beside it.

Six chests, each with lesions in the lungs, and three with one in the liver, which the CT does not show. What is
measured: the error in the body, and how much of the contrast of both kinds of lesions is left. The baseline is a filter
of the best width. A filter led by the CT alone loses the lesion in the liver, one led by the PET alone the error.
"""

from functools import cache

import numpy as np

from medfuse_course.benchmark.experiments.physical_loss import judge, tried
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.thorax.counted import PIXEL_MM, CountedChest, CountedScan
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Property
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.physics import gaussian_blur

CHESTS = tuple(range(20, 26))
"""Seeds; no training and no table has them."""

MEASURES = ("error", "lung_lesions", "liver_lesion")


def smoothed(pet: FloatArray, hu: FloatArray) -> FloatArray:
    """The baseline: a Gaussian of 10 mm."""
    return np.asarray(gaussian_blur(pet, 10.0, PIXEL_MM))


def both_alike(pet: FloatArray, hu: FloatArray) -> FloatArray:
    """The mean over neighbors that are alike in the CT and in the smoothed PET."""
    guide, total, weights = smoothed(pet, hu), np.zeros_like(pet), np.zeros_like(pet)
    for step in ((i, j) for i in range(-3, 4) for j in range(-3, 4)):
        hu2, guide2, pet2 = (np.roll(x, step, (0, 1)) for x in (hu, guide, pet))
        far = (step[0] ** 2 + step[1] ** 2) / 1.7**2 + ((hu - hu2) / 150) ** 2 + ((guide - guide2) / 1.2) ** 2
        weight = np.exp(-far / 2)
        total, weights = total + weight * pet2, weights + weight
    return np.asarray(total / weights)


@cache
def cases() -> tuple[tuple[CountedChest, CountedScan], ...]:
    """The chests and their scans, with the right CT."""
    return tuple(tried(patient, "right") for patient in CHESTS)


def _run(answer: Attempt) -> tuple[FloatArray, ...]:
    return tuple(answer.image(scan.pet, chest.hu) for chest, scan in cases())


def measure(made: tuple[FloatArray, ...]) -> Values:
    """Means over the chests; of lesions over those that have one."""
    rows = [judge(image, *case, "right") for image, case in zip(made, cases(), strict=True)]
    return {name: float(np.nanmean([row[name] for row in rows])) for name in MEASURES}


LAB = Lab(_run, measure, {"filter": smoothed})


def _in_suv(answer: Attempt) -> str | None:
    least = min(float(image.min()) for image in LAB.made(answer))
    return f"the lowest value is {least:.3g} SUV, and uptake is never below 0" if least < -1e-6 else None


EXERCISES = (
    LAB.exercise(
        name="physics.lab.restore",
        reference="medfuse_course.exercises.physics.lab:both_alike",
        before=(Property("activity", _in_suv, "A mean with weights >= 0 cannot fall below 0."),),
        goals=(
            Goal(
                "liver-lesion",
                "contrast of the lesion in the liver",
                "The CT shows nothing there. Whom else can you ask which neighbors belong together?",
                lambda x: x["liver_lesion"],
                lambda known: known + 0.05,
                "filter",
            ),
            Goal(
                "lung-lesions",
                "contrast of the lesions in the lungs",
                "Both images show their borders. Do not average across them.",
                lambda x: x["lung_lesions"],
                lambda known: known + 0.05,
                "filter",
            ),
            Goal(
                "error",
                "error in SUV",
                "Noise falls with the number of neighbors that you average, as long as they are of one tissue.",
                lambda x: x["error"],
                lambda known: 0.86 * known,
                "filter",
                most=True,
                form=".3f",
            ),
        ),
    ),
)
