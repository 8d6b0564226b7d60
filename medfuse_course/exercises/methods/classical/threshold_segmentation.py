"""The outline of a hot spot: ``outline(pet, fraction)``, the region around its maximum that reaches a share of it."""

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer


def outline(pet: FloatArray, fraction: float) -> BoolArray:
    """The part around the hottest pixel, connected along sides, in which every pixel reaches the share."""
    parts, _ = ndimage.label(pet >= fraction * pet.max())
    result: BoolArray = parts == parts[np.unravel_index(pet.argmax(), pet.shape)]
    return result


def _spots(scale: float = 1.0) -> FloatArray:
    """Three spots on a warm ground: an uneven one of 10, a larger one of 7 apart, one of 6 that touches at a corner."""
    pet = np.full((12, 15), 1.0)
    pet[3:6, 3:7] = 10.0, 8.0, 5.0, 4.5
    pet[3:6, 7] = 3.5
    pet[6:8, 7:9] = 6.0  # touches (5, 6) at a corner, and (5, 7) is too cold
    pet[9:12, 8:15] = 7.0
    return scale * pet


def _random(seed: int) -> FloatArray:
    """A smooth field with one clear maximum."""
    rng = generator(seed, "exercises", "outline")
    field: FloatArray = ndimage.gaussian_filter(rng.random((20, 24)), 2)
    return 1 + 8 * (field - field.min()) / np.ptp(field)


def _mask(answer: Attempt, pet: FloatArray, fraction: float) -> BoolArray:
    result = answer(pet, fraction)
    if not isinstance(result, np.ndarray):
        raise Refused(f"it returned {type(result).__name__}, not a NumPy array")
    if result.shape != pet.shape:
        raise Refused(f"it returned the shape {result.shape}, not {pet.shape}")
    if result.dtype != bool:
        raise Refused(f"it returned dtype {result.dtype}, not a mask (bool): compare with the threshold")
    return result


def _ask(id: str, pet: FloatArray, fraction: float, what: str, hint: str) -> Property:
    def test(answer: Attempt) -> str | None:
        got, wanted = _mask(answer, pet, fraction), outline(pet, fraction)
        more, fewer = int((got & ~wanted).sum()), int((wanted & ~got).sum())
        return f"of {what} it marked {more} pixels too many and {fewer} too few" if more or fewer else None

    return Property(id, test, hint)


_ALONE = np.pad(np.array([[10.0, 6.0, 4.3, 3.9, 2.0]]).repeat(3, axis=0), 3, constant_values=0.0)

EXERCISES = (
    Exercise(
        name="methods.classical.threshold_segmentation.outline",
        kind="function",
        reference="medfuse_course.exercises.methods.classical.threshold_segmentation:outline",
        properties=(
            _ask("share", _ALONE, 0.41, "one hot spot", "The threshold is the share times the largest value."),
            _ask(
                "unit",
                1000 * _ALONE,
                0.41,
                "the same spot in units a thousand times smaller",
                "A share of the maximum does not depend on the unit: no fixed number may stand in the condition.",
            ),
            _ask(
                "ground",
                _ALONE + 3,
                0.5,
                "a spot on a warm ground",
                "The share is of the value itself, not of its height above the ground.",
            ),
            _ask(
                "apart",
                np.where(_spots() == 6, 1.0, _spots()),
                0.41,
                "two spots that lie apart",
                "Another spot may be as hot, but it is another lesion: keep the part that holds the hottest pixel.",
            ),
            _ask(
                "corner",
                _spots(),
                0.41,
                "two spots that touch at a corner",
                "Pixels are connected along their sides here: a common corner is not enough.",
            ),
            _ask("random", _random(0), 0.7, "a smooth image", "Compare with the solution pixel by pixel."),
        ),
        trials=lambda: ((_spots(), 0.41), (_random(1), 0.7)),
        wrong=(
            WrongAnswer(
                "every_part",
                lambda pet, fraction: pet >= fraction * pet.max(),
                "apart",
                "You mark every pixel that is hot enough, another lesion too. Number the parts and keep one.",
            ),
            WrongAnswer(
                "a_fixed_threshold",
                lambda pet, fraction: ndimage.label(pet >= 2.5)[0] == 1,
                "share",
                "2.5 is a fixed SUV. The share is of this lesion's own maximum.",
            ),
            WrongAnswer(
                "the_share_as_threshold",
                lambda pet, fraction: pet >= fraction,
                "share",
                "You compare with the share itself: multiply it by the largest value.",
            ),
            WrongAnswer(
                "above_the_ground",
                lambda pet, fraction: outline(pet - pet.min(), fraction),
                "ground",
                "That is a share of the height above the coldest pixel. It is another rule, and gives a smaller mask.",
            ),
            WrongAnswer(
                "along_corners",
                lambda pet, fraction: (
                    (parts := ndimage.label(pet >= fraction * pet.max(), np.ones((3, 3)))[0])
                    == parts[np.unravel_index(pet.argmax(), pet.shape)]
                ),
                "corner",
                "You connect pixels along corners too. The default structure of label connects sides only.",
            ),
            WrongAnswer(
                "the_largest_part",
                lambda pet, fraction: (
                    (parts := ndimage.label(pet >= fraction * pet.max())[0])
                    == np.bincount(parts.ravel())[1:].argmax() + 1
                ),
                "apart",
                "The largest part need not be the hottest one.",
            ),
        ),
    ),
)
