"""Structural consistency: how alike the slopes of two images are, what the term forgets, and a lab without training.

``slope_agreement(of_f, of_a)`` takes slopes ``(2, H, W)``, those across and those down, and returns
``sum(of_f * of_a) / sqrt(sum(of_f^2) sum(of_a^2))``.

The lab asks for the edges of the pixelwise maximum, none made up, and for more of the lesions' contrast. The maximum
has nearly no edge that neither source has, so it is hard to beat; a lower weight of the anatomy shows the lesions and
misses edges, most pyramids make edges up. The nearest of the library's methods is the gradient pyramid, which makes up
0.39 points more than the maximum and shows 0.19 more of the lesions; blends of it with maxima stay below 0.19.
"""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Values, lab_on_pairs
from medfuse_course.exercises.samples import apart, number, stays_in_range
from medfuse_course.metrics import evaluate

CLOSE = 1e-5


def slope_agreement(of_f: FloatArray, of_a: FloatArray) -> np.float64:
    """The normalized correlation of all slopes."""
    return np.float64((of_f * of_a).sum() / np.sqrt((of_f**2).sum() * (of_a**2).sum()))


def _some(name: str) -> tuple[FloatArray, FloatArray]:
    """Slopes of both signs, steep in a few places; those of the second have a part of the first."""
    rng = generator(0, "exercises", "slopes", name)
    of_f, of_a = rng.normal(size=(2, 2, 9, 11)) * (0.05 + rng.random((2, 1, 9, 11)) ** 4)
    return of_f, of_a + 0.5 * of_f


def _asks(id: str, of_f: FloatArray, of_a: FloatArray, what: str, hint: str) -> Property:
    wanted = float(slope_agreement(of_f, of_a))

    def test(answer: Attempt) -> str | None:
        got = number(answer, of_f, of_a)
        if abs(got - wanted) <= CLOSE:
            return None
        said, right = apart(got, wanted)
        return f"{what} gave {said}, not {right}"

    return Property(id, test, hint)


_ONE, _OTHER = _some("one")
_FIVE, _ALONG = np.array([3.0, 4.0]).reshape(2, 1, 1), np.array([1.0, 0.0]).reshape(2, 1, 1)
_ACROSS, _DOWN = np.zeros((2, 4, 5)), np.zeros((2, 4, 5))
_ACROSS[0], _DOWN[1] = 0.3, 0.3

_AGREEMENT = Exercise(
    name="losses.consistency.slope_agreement",
    kind="function",
    reference="medfuse_course.exercises.losses.consistency:slope_agreement",
    properties=(
        _asks("hand", _FIVE, _ALONG, "one pixel, (3, 4) against (1, 0),", "3 / (5 * 1): three fifths."),
        _asks("inverted", -_ONE, _ONE, "an inverted image", "Where F rises and A falls, the product is below 0."),
        _asks("across", _ACROSS, _DOWN, "an edge across against one down", "They have nothing in common: 0, not 1."),
        _asks("strength", 7 * _ONE, _ONE, "the same edges, seven times as strong,", "Divide by how strong both are."),
        _asks("whole", _ONE, _OTHER, "two images", "Sum over the whole image first, then divide, once."),
    ),
    trials=lambda: ((_ONE, _OTHER), (-_ONE, _OTHER), _some("trial")),
    wrong=(
        WrongAnswer(
            "size_only",
            lambda f, a: np.abs(f * a).sum() / np.sqrt((f**2).sum() * (a**2).sum()),
            "inverted",
            "With absolute values an inverted edge counts as the same edge.",
        ),
        WrongAnswer(
            "strengths",
            lambda f, a: slope_agreement(np.hypot(*f), np.hypot(*a)),
            "hand",
            "You compare how steep both are, and not which way the slopes go.",
        ),
        WrongAnswer("not_divided", lambda f, a: (f * a).mean(), "hand", "A product alone grows with contrast."),
        WrongAnswer(
            "forgot_the_root",
            lambda f, a: (f * a).sum() / ((f**2).sum() * (a**2).sum()),
            "hand",
            "The energies are squares: take the root of their product.",
        ),
        WrongAnswer(
            "divided_by_one",
            lambda f, a: (f * a).sum() / (a**2).sum(),
            "hand",
            "Divide by the strength of both images, not of one.",
        ),
        WrongAnswer(
            "pixel_by_pixel",
            lambda f, a: ((f * a).sum(axis=0) / np.sqrt((f**2).sum(axis=0) * (a**2).sum(axis=0) + 1e-30)).mean(),
            "whole",
            "So each flat pixel counts as much as an edge, and its slope is noise.",
        ),
        WrongAnswer(
            "means_taken_away",
            lambda f, a: slope_agreement(f - f.mean(), a - a.mean()),
            "hand",
            "Slopes need no mean taken away: a ramp is a slope.",
        ),
    ),
)  # fmt: skip

_FORGOTTEN = Exercise(
    name="losses.consistency.forgotten",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Where the PET is brighter, the maximum has its slopes: the term is above 0."),
        WrongAnswer("c", "c", "choice", "The mean has half of the PET's slopes added: the term is above 0."),
        WrongAnswer("d", "d", "choice", "It would have to keep the lesions. Which image lacks every slope of the PET?"),
    ),
)


def detail_on_uptake(a: Image, b: Image) -> Image:
    """Half of the anatomy where it is brighter, else the PET, and there the anatomy's fine structure on top."""
    fused: Image = np.maximum(0.5 * a, b) + 0.85 * (a - gaussian_filter(a, 1.5)) * (b > 0.5 * a)
    return np.clip(fused, 0, 1)


HALLUCINATED, MISSED, LESIONS = METRICS = ("hallucinated_edges", "missed_edges", "lesion_contrast_recovery")
MORE_MADE_UP, MORE_MISSED, MORE_LESIONS = 0.002, 0.002, 0.2
"""What may be added to the rates of the maximum, and what must be added to its lesion contrast."""


@cache
def cases() -> tuple[Pair, ...]:
    """Two heads and two chests, with two lesions each."""
    return tuple(
        load_pair(name, seed=seed, lesions=2) for name in ("head/mri-pet", "thorax/ct-pet") for seed in (80, 81)
    )


def measure(fused: Image, pair: Pair) -> Values:
    """Edges made up and missed, and the contrast of the lesions."""
    return evaluate(fused, pair.a, pair.b, METRICS, truth=pair.truth)


LAB = lab_on_pairs(cases, measure, {"maximum": np.maximum})

_LAB = LAB.exercise(
    name="losses.consistency.edges_and_lesions",
    reference="medfuse_course.exercises.losses.consistency:detail_on_uptake",
    before=(stays_in_range(LAB.made),),
    goals=(
        Goal(
            "lesions",
            "lesion contrast",
            "In the head the MRI is bright around the lesions and covers them: let it count less there.",
            lambda x: x[LESIONS],
            lambda known: known + MORE_LESIONS,
            "maximum",
        ),
        Goal(
            "made-up",
            "edges made up",
            "What you add overshoots beside an edge, or it adds noise. Add less, or only where it is needed.",
            lambda x: x[HALLUCINATED],
            lambda known: known + MORE_MADE_UP,
            "maximum",
            most=True,
            form=".2%",
        ),
        Goal(
            "missed",
            "edges missed",
            "Where the PET is on top, the anatomy's fine structure is gone. Which part of it can be put back?",
            lambda x: x[MISSED],
            lambda known: known + MORE_MISSED,
            "maximum",
            most=True,
            form=".2%",
        ),
    ),
)

EXERCISES = (_AGREEMENT, _FORGOTTEN, _LAB)
