"""What one modality cannot know; and an open lab: mark lesions with a CT that does not lie on the PET, by a rule.

Six patients with benign nodules and clots, whose CT is shifted by about one centimeter, as by another breath: up,
down or aside. To cut a mask of the PET with one of the CT, pixel by pixel, loses lesions with their parts; to widen the
CT's mask first keeps clots near vessels and walls. The outline must come from the PET, and the CT is asked of a region.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets import Case, load_case
from medfuse_course.exercises.attempt import Attempt, Refused
from medfuse_course.exercises.exercise import Exercise, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.methods import segment
from medfuse_course.methods.classical.threshold_segmentation import lungs
from medfuse_course.metrics import score

SEEDS, PLANE = (40, 41, 42, 43, 44, 45), 40
SHIFTS = ((6, 0), (-6, 0), (0, 7))
"""Of the CT, in pixels of 1.6 mm: rows down, columns to the right."""

MORE_DICE, MORE_FOUND, INVENTED = 0.05, 0.05, 0.4
"""Dice and share of lesions found above those of 41 % of the maximum; invented regions for each patient."""


@cache
def cases() -> tuple[Case, ...]:
    """Six patients, each with three lesions, two benign nodules and two clots."""
    wanted = {"slice": PLANE, "benign": 2, "clots": 2}
    return tuple(load_case("thorax/pet-ct-lesions", seed=seed, **wanted) for seed in SEEDS)


def by_percent(ct: FloatArray, pet: FloatArray) -> BoolArray:
    """What the lab starts from: 41 % of each maximum."""
    return segment(ct, pet, fraction=0.41)


def asked_by_region(ct: FloatArray, pet: FloatArray) -> BoolArray:
    """Regions of uptake, outlined on the PET, that have something solid of the lung near their hottest part."""
    mask = segment(ct, pet, threshold=1.8)
    solid = ndimage.binary_opening((ct > -400) & lungs(ct), iterations=2)
    near = ndimage.binary_dilation(solid, iterations=8)
    regions, count = ndimage.label(mask)
    for number in range(1, count + 1):
        region = regions == number
        core = region & (pet >= 0.8 * pet[region].max())
        if near[core].mean() <= 0.5:
            mask &= ~region
    return mask


@cache
def given() -> tuple[tuple[FloatArray, FloatArray, Case], ...]:
    """Of each patient and shift the CT, the PET, and the case."""
    return tuple(
        (np.roll(ct, shift, axis=(0, 1)), pet, case)
        for case in cases()
        for shift in SHIFTS
        for ct, pet in (case.inputs.values(),)
    )


def _run(answer: Attempt) -> list[BoolArray]:
    return [_mask(answer(ct.copy(), pet.copy()), case) for ct, pet, case in given()]


def _mask(result: object, case: Case) -> BoolArray:
    if not isinstance(result, np.ndarray) or result.dtype != bool or result.shape != case.target.shape:
        kind = (
            f"dtype {result.dtype}, shape {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
        )
        raise Refused(f"it returned {kind}, not a mask (bool) of shape {case.target.shape}")
    return result


def _measure(made: list[BoolArray]) -> Values:
    """Means over patients and shifts."""
    rows = [
        score(mask, case, ["dice", "lesion_sensitivity", "invented_lesions"])
        for mask, (*_, case) in zip(made, given(), strict=True)
    ]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


LAB = Lab(_run, _measure, {"41_%": by_percent})

GOALS = (
    Goal(
        "dice",
        "mean Dice",
        "Where does the outline come from? The CT's lies a centimeter beside the lesion.",
        lambda x: x["dice"],
        lambda known: known + MORE_DICE,
        "41_%",
    ),
    Goal(
        "found",
        "share of the lesions found",
        "You lose lesions. Faint and small ones hardly reach 2.5 SUV: must the candidates?",
        lambda x: x["lesion_sensitivity"],
        lambda known: known + MORE_FOUND,
        "41_%",
    ),
    Goal(
        "invented",
        "invented regions for each patient",
        "Ask region by region: is there something solid near the place where it is hottest, or only vessels and walls?",
        lambda x: x["invented_lesions"],
        lambda known: INVENTED,
        "41_%",
        most=True,
    ),
)

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="methods.transformers.medfusion_transnet.cannot_know",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer("a", "a", "choice", "Small lesions are hard, but the CT shows them: training may find more."),
            WrongAnswer("c", "c", "choice", "The CT does not show clots at all, so a network of the CT marks none."),
            WrongAnswer(
                "d", "d", "choice", "A vessel is longer than a nodule in most places: there is shape to learn."
            ),
        ),
    ),
    LAB.exercise(
        name="methods.transformers.medfusion_transnet.asked_by_region",
        reference="medfuse_course.exercises.methods.transformers.medfusion_transnet:asked_by_region",
        goals=GOALS,
    ),
)
