"""Fast IHS: ``substitute(rgb, gray)`` moves each channel by what the intensity lacks."""

import numpy as np

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, images, off


def substitute(rgb: FloatArray, gray: FloatArray) -> FloatArray:
    """``RGB + (gray - I)`` with ``I = (R + G + B) / 3``, not clipped."""
    moved: FloatArray = rgb + (gray - rgb.mean(axis=2))[..., None]
    return moved


def _pair(*stream: str) -> tuple[Image, Image]:
    """Colors and a gray image whose fusion stays well inside [0, 1]."""
    *channels, gray = images("ihs", *stream, count=4)
    return 0.4 + 0.2 * np.stack(channels, axis=2), 0.3 + 0.4 * gray


def _bright_pair() -> tuple[Image, Image]:
    rgb, gray = _pair("bright")
    rgb[..., 2] = 0
    return rgb, 0.5 + gray


def _shape(answer: Attempt) -> str | None:
    answer.image(*_pair("shape"))
    return None


def _intensity(answer: Attempt) -> str | None:
    rgb, gray = _pair("intensity")
    distance = off(answer.image(rgb, gray).mean(axis=2), gray)
    return f"the mean of R, G and B misses the gray image by up to {distance:.2g}" if distance > TOLERANCE else None


def _differences(answer: Attempt) -> str | None:
    rgb, gray = _pair("differences")
    change = answer.image(rgb, gray) - rgb
    spread = float(np.ptp(change, axis=2).max())
    return f"within one pixel the three channels moved by amounts {spread:.2g} apart" if spread > TOLERANCE else None


def _unclipped(answer: Attempt) -> str | None:
    rgb, gray = _bright_pair()
    distance = off(answer.image(rgb, gray), substitute(rgb, gray))
    return f"for a bright gray image it is off by up to {distance:.2g}" if distance > TOLERANCE else None


def _change(rgb: FloatArray, gray: FloatArray) -> FloatArray:
    return np.asarray((gray - rgb.mean(axis=2))[..., None])


EXERCISES = (
    Exercise(
        name="methods.classical.ihs.substitute",
        kind="function",
        reference="medfuse_course.exercises.methods.classical.ihs:substitute",
        properties=(
            Property("shape", _shape, "Return an RGB image of floats: (H, W) becomes (H, W, 1) with [..., None]."),
            Property("intensity", _intensity, "The new intensity is the gray image: (R + G + B) / 3 must give it."),
            Property("differences", _differences, "Add the same change to R, G and B, so that R - G stays R - G."),
            Property("unclipped", _unclipped, "Leave values above 1 and below 0 as they are; fuse clips at the end."),
        ),
        trials=lambda: (_pair("trial"), _bright_pair()),
        wrong=(
            WrongAnswer(
                "brightest_channel",
                lambda rgb, gray: rgb + (gray - rgb.max(axis=2))[..., None],
                "intensity",
                "You took the brightest channel for the intensity. That is the V of HSV; IHS takes the mean.",
            ),
            WrongAnswer(
                "luma_for_intensity",
                lambda rgb, gray: rgb + (gray - rgb @ np.array([0.299, 0.587, 0.114]))[..., None],
                "intensity",
                "Your weights are those of luma, so this is YCbCr substitution. IHS weighs the channels alike.",
            ),
            WrongAnswer(
                "added_the_gray",
                lambda rgb, gray: rgb + gray[..., None],
                "intensity",
                "You add the gray image on top of the old intensity: take the old one away first.",
            ),
            WrongAnswer(
                "sum_for_mean",
                lambda rgb, gray: rgb + (gray - rgb.sum(axis=2))[..., None],
                "intensity",
                "R + G + B reaches 3: divide by 3, or take the mean.",
            ),
            WrongAnswer(
                "clipped_before_adding",
                lambda rgb, gray: rgb + np.clip(_change(rgb, gray), 0, 1),
                "intensity",
                "You clip the change before adding it. A change may be negative: that is how colors get darker.",
            ),
            WrongAnswer(
                "studio_range",
                lambda rgb, gray: rgb + _change(rgb, 16 / 255 + 219 / 255 * gray),
                "intensity",
                "Your gray runs from 16/255 to 235/255, the studio range. Images here run from 0 to 1.",
            ),
            WrongAnswer(
                "scaled",
                lambda rgb, gray: rgb * (gray / rgb.mean(axis=2))[..., None],
                "differences",
                "You multiply, which is the Brovey transform. IHS adds.",
            ),
            WrongAnswer(
                "clipped_at_once",
                lambda rgb, gray: np.clip(rgb + _change(rgb, gray), 0, 1),
                "unclipped",
                "You clip in here. Clip once and last, or two steps in a row bend the hue twice.",
            ),
        ),
    ),
)
