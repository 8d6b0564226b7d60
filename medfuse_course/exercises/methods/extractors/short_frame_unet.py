"""An open lab: give the lesions back what a U-Net took from them, and not the noise.

The answer gets three slices of a 15-second frame in SUV and what the U-Net made of them, and returns an image. On four
patients: the mean uptake of the lesions must lie nearer to the truth than the U-Net has it, while the noise of four
organs, and the mean of the liver, stay as the U-Net has them. Of the blends of both images none reaches it: whoever
gives back uptake everywhere gives back noise everywhere, and so does a factor. A factor for hot pixels alone leaves the
organs, but makes strong lesions too strong and weak ones no stronger; so what counts is the bias without its sign.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets import Case, load_case, organ_regions
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.metrics import region_statistics, score

SEEDS, PLANE, SHORT = (11, 12, 13, 14), 17, 15 / 180
LESS_BIAS, MORE_NOISE, LIVER = 4.5, 1.04, 0.5
"""Points of percent that the lesions gain, how many times the U-Net's noise, points that the liver may lose."""


@cache
def cases() -> tuple[Case, ...]:
    """Four patients with two lesions each, 15 seconds of 180."""
    return tuple(
        load_case("thorax/low-dose-pet", seed=seed, slice=PLANE, dose=SHORT, neighbors=1, lesions=2) for seed in SEEDS
    )


@cache
def given() -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Of each patient the three slices, and what the U-Net makes of them."""
    from medfuse_course.methods import enhance

    stacks = [next(iter(case.inputs.values())) for case in cases()]
    return tuple((stack, enhance(stack, "short_frame_unet")) for stack in stacks)


def the_u_net(frame: FloatArray, drawn: FloatArray) -> FloatArray:
    """What the lab starts from."""
    return drawn


def spots_given_back(frame: FloatArray, drawn: FloatArray) -> FloatArray:
    """Small hot spots with little around them get the brighter of both images."""
    rows, columns = np.indices((25, 25)) - 12
    raised = drawn - ndimage.grey_opening(drawn, footprint=np.hypot(rows, columns) <= 12)
    spots, count = ndimage.label(raised > 1)
    kept: BoolArray = np.zeros(drawn.shape, bool)
    for number in range(1, count + 1):
        spot = spots == number
        around = ndimage.binary_dilation(spot, iterations=5) & ~ndimage.binary_dilation(spot, iterations=3)
        if np.median(drawn[around]) < 0.9:
            kept |= ndimage.binary_dilation(spot, iterations=2)
    return np.where(kept, np.maximum(frame[1], drawn), drawn)


def _run(answer: Attempt) -> list[FloatArray]:
    return [answer.image(frame.copy(), drawn.copy(), shape=drawn.shape) for frame, drawn in given()]


def _measure(made: list[FloatArray]) -> Values:
    """Means over the patients: size of the bias of lesions and liver in percent, noise of the organs in SUV."""
    rows = []
    for image, case in zip(made, cases(), strict=True):
        regions = organ_regions(case.labels)
        here, true = region_statistics(image, regions), region_statistics(case.target, regions)
        rows.append({
            "lesions": abs(score(image, case, "suv_mean_bias")["suv_mean_bias"]),
            "noise": float(np.mean([one.sd for one in here.values()])),
            "liver": 100 * abs(here["liver"].mean / true["liver"].mean - 1),
        })  # fmt: skip
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


LAB = Lab(_run, _measure, {"the U-Net": the_u_net})

GOALS = (
    Goal(
        "lesions",
        "size of the lesions' SUVmean bias (%)",
        "Where do lesions lie in the U-Net's image, and what does the frame say there? Too much in one patient "
        "does not make up for too little in another.",
        lambda x: x["lesions"],
        lambda known: known - LESS_BIAS,
        "the U-Net",
        most=True,
        form=".1f",
    ),
    Goal(
        "noise",
        "noise of four organs (SUV)",
        "You gave noise back with the uptake. Change less of the image: which spots are lesions, and which are organs?",
        lambda x: x["noise"],
        lambda known: MORE_NOISE * known,
        "the U-Net",
        most=True,
        form=".3f",
    ),
    Goal(
        "liver",
        "error of the liver's mean (%)",
        "The liver's mean was nearly right. A factor for hot pixels changes it, for one: which pixels do you change?",
        lambda x: x["liver"],
        lambda known: known + LIVER,
        "the U-Net",
        most=True,
        form=".1f",
    ),
)

EXERCISES = (
    LAB.exercise(
        name="methods.extractors.short_frame_unet.lesions_back",
        reference="medfuse_course.exercises.methods.extractors.short_frame_unet:spots_given_back",
        goals=GOALS,
    ),
)
