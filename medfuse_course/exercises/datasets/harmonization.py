"""Histogram matching from scratch, what it assumes, how much of a gap is closed, and an open lab that beats the match.

The lab's answer gets a PET of a badly calibrated, blurred, noisy center, and PETs of other patients of that center and
of a good one. It returns what the good one would show. Three numbers are asked for: the uptake of small lesions, that
of all lesions, and the error over the body.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets.harmonization import Change, match_histogram, match_spectrum
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values
from medfuse_course.exercises.samples import TOLERANCE

# ---- match_ranks ----------------------------------------------------------------------------------------------------


def match_ranks(image: FloatArray, source: FloatArray, target: FloatArray) -> FloatArray:
    """Each value of the image becomes the value of `target` that has the rank which it has in `source`."""
    ranks = np.linspace(0, 1, 101)
    matched: FloatArray = np.interp(image, np.quantile(source, ranks), np.quantile(target, ranks))
    return matched


def _collections(stream: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = generator(0, "exercises", "ranks", stream)
    source = rng.gamma(2.0, 0.1, (3, 20, 20))
    return rng.choice(source.ravel(), (6, 5)), source, rng.gamma(2.0, 0.1, (4, 16, 16))


def _close(got: FloatArray, wanted: FloatArray, within: float, what: str) -> str | None:
    off = float(np.abs(got - wanted).max())
    return None if off <= within else f"{what}: off by {off:.3g} at most"


def _same(answer: Attempt) -> str | None:
    image, source, _ = _collections("same")
    return _close(answer.image(image, source, source), image, 0.02, "matched to its own collection, an image changed")


def _inverse_scale(answer: Attempt) -> str | None:
    image, source, _ = _collections("scale")
    got = answer.image(image, source, 0.5 * source**0.4)
    return _close(got, 0.5 * image**0.4, 0.012, "the target was 0.5 x^0.4 of the source, and the answer is not")


def _own(answer: Attempt) -> str | None:
    image, source, target = _collections("own")
    dark = image[image < np.median(source)][None, :8]
    wanted = match_ranks(dark, source, target)
    return _close(answer.image(dark, source, target), wanted, 0.05, "a dark image became a usual one")


def _piecewise(answer: Attempt) -> str | None:
    """The target has gains of 0.2, 3 and 0.2 of the source: between its corners every number of ranks is exact."""
    source = generator(0, "exercises", "ranks", "corners").gamma(2.0, 0.1, (3, 3, 139))
    values = np.sort(source.ravel())
    corners = np.quantile(values, (0, 0.32, 0.68, 1))  # of 1251 values: four of them
    wanted = np.cumsum([0.02, *(np.diff(corners) * (0.2, 3.0, 0.2))])
    image = np.concatenate([values[a:b:17] for a, b in ((0, 368), (432, 818), (882, 1251))])[None]
    got = answer.image(image, source, np.interp(source, corners, wanted)[::-1])
    return _close(got, np.interp(image, corners, wanted), TOLERANCE, "the target was the source in three gains")


def _mean_and_deviation(x: FloatArray, source: FloatArray, target: FloatArray) -> FloatArray:
    return (x - source.mean()) / source.std() * target.std() + target.mean()


def _gain_and_gamma(x: FloatArray, source: FloatArray, target: FloatArray) -> FloatArray:
    ranks = np.linspace(0.01, 1, 100)
    gamma, gain = np.polyfit(np.log(np.quantile(source, ranks)), np.log(np.quantile(target, ranks)), 1)
    return np.asarray(np.exp(gain) * x**gamma)


_MATCH = Exercise(
    name="datasets.harmonization.match_ranks",
    kind="function",
    reference="medfuse_course.exercises.datasets.harmonization:match_ranks",
    properties=(
        Property("same", _same, "If both collections are one, every value has its own rank already."),
        Property("scale", _inverse_scale, "np.quantile gives the values of ranks, np.interp looks up between them."),
        Property("own", _own, "A rank is a rank in the collection, not in the one image."),
        Property(
            "piecewise", _piecewise,
            "Fit no formula and round nothing: np.interp goes straight from one rank to the next, whatever the scale.",
        ),
    ),
    trials=lambda: (_collections("trial"), _collections("trial 2")),
    wrong=(
        WrongAnswer(
            "least_and_most",
            lambda x, s, t: (x - s.min()) / (s.max() - s.min()) * (t.max() - t.min()) + t.min(), "scale",
            "You match the least and the most value. Two pixels then decide about all others.",
        ),
        WrongAnswer(
            "mean_and_deviation", _mean_and_deviation, "scale",
            "Mean and deviation make it right for a gain and an offset. A gamma bends.",
        ),
        WrongAnswer(
            "other_way", lambda x, s, t: match_ranks(x, t, s), "scale",
            "You go from the target to the source: the ranks are looked up in the wrong collection.",
        ),
        WrongAnswer(
            "own_ranks", lambda x, s, t: match_ranks(x, x, t), "same",
            "You take ranks within the image. A dark patient would get the values of an average one.",
        ),
        WrongAnswer(
            "gain_and_gamma", _gain_and_gamma, "piecewise",
            "A gain and a gamma fit this course's center B. A rank asks for no formula, and undoes any scale.",
        ),
        WrongAnswer(
            "nothing", lambda x, s, t: x, "scale", "The image comes back as it was.",
        ),
    ),
)  # fmt: skip

# ---- choices and numbers -------------------------------------------------------------------------------------------

_ASSUMED = Exercise(
    name="datasets.harmonization.assumed",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "A gain moves all values and no rank: this is what matching is made for."),
        WrongAnswer("c", "c", "choice", "A gamma keeps the order of the values, so it is undone."),
        WrongAnswer("d", "d", "choice", "Twice as many patients of the same kind have the same histogram."),
    ),
)

_CLOSED = Exercise(
    name="datasets.harmonization.closed",
    kind="number",
    reference=50.0,
    tolerance=0.3,
    wrong=(
        WrongAnswer("of_home", 87.5, "value", "You divide by the score at home. The gap is what is to be closed."),
        WrongAnswer("difference", 0.1, "value", "That is the difference. Which share of the whole gap is it?"),
        WrongAnswer("as_a_share", 0.5, "value", "Right as a share; percent are asked for."),
        WrongAnswer("of_untouched", 16.7, "value", "You divide by the untouched score. Divide by the gap."),
    ),
)

# ---- the lab ------------------------------------------------------------------------------------------------------

COLLECTED, TRIED = 10, (31, 34, 36, 38, 41)
"""Patients of each center that an answer is given, and seeds of those who are tried, with three lesions each."""

SMALL = 12
"""Pixels of 3.2 mm that a small lesion has at most."""


class Tried(NamedTuple):
    """A patient of the lab: the PET of the bad center and the ideal one, in [0, 1]; lesions one by one; the body."""

    pet: Image
    ideal: Image
    lesions: tuple[BoolArray, ...]
    body: BoolArray


@cache
def collections() -> tuple[Image, Image]:
    """PETs of the bad center and of the good one, ``(10, 96, 96)`` each, of different patients."""
    from medfuse_course.datasets.centers import CENTERS
    from medfuse_course.datasets.examinations import seen_by

    of_b, of_a = (
        np.stack([seen_by(scanner, seed).images[1] for seed in CENTERS[center].patients[:COLLECTED]])
        for scanner, center in (("B low", "B"), ("A", "A"))
    )
    return of_b, of_a


@cache
def tried() -> tuple[Tried, ...]:
    """The patients of the lab."""
    from medfuse_course.datasets.centers import center_patient
    from medfuse_course.datasets.examinations import IDEAL, SCANNERS, STEP, middle, window_examination

    cases = []
    for seed in TRIED:
        low, ideal = (center_patient(c, seed, lesions=3, step=STEP) for c in (SCANNERS["B low"], IDEAL))
        numbers, count = ndimage.label(middle(low.mask), np.ones((3, 3)))
        pets = [window_examination(patient.ct, patient.pet)[1] for patient in (low, ideal)]
        lesions = tuple(numbers == k for k in range(1, count + 1))
        cases.append(Tried(pets[0], pets[1], lesions, middle(low.labels) != 0))
    return tuple(cases)


def matched(pet: Image, of_b: Image, of_a: Image) -> Image:
    """What the lab starts from: mean spectrum and histogram of the good center."""
    spectrum, histogram = _maps(of_b.tobytes(), of_a.tobytes(), of_b.shape[-1])
    return histogram(spectrum(pet))


@cache
def _maps(of_b: bytes, of_a: bytes, side: int) -> tuple[Change, Change]:
    have, want = (np.frombuffer(x, np.float32).reshape(-1, side, side) for x in (of_b, of_a))
    spectrum = match_spectrum(have, want)
    return spectrum, match_histogram([spectrum(x) for x in have], want)


def matched_and_quiet(pet: Image, of_b: Image, of_a: Image) -> Image:
    """Match, then average pixels whose surroundings look alike: noise goes, lesions stay."""
    from medfuse_course.methods import enhance

    suv = 10 * matched(pet, of_b, of_a)
    return np.clip(enhance(suv, method="nonlocal_means") / 10, 0, 1).astype(np.float32)


def _run(answer: Attempt) -> list[Image]:
    of_b, of_a = collections()
    return [answer.image(one.pet, of_b.copy(), of_a.copy()).astype(np.float32) for one in tried()]


def _measure(images: list[Image]) -> Values:
    """Errors of the mean uptake of lesions in percent, and over the body in SUV."""
    errors: dict[bool, list[float]] = {True: [], False: []}
    body = []
    for image, one in zip(images, tried(), strict=True):
        body.append(10 * float(np.abs(image - one.ideal)[one.body].mean()))
        for lesion in one.lesions:
            off = 100 * abs(float(image[lesion].mean() / one.ideal[lesion].mean()) - 1)
            errors[bool(lesion.sum() <= SMALL)].append(off)
    return {
        "small": float(np.mean(errors[True])), "lesions": float(np.mean(errors[True] + errors[False])),
        "body": float(np.mean(body)),
    }  # fmt: skip


LAB = Lab(_run, _measure, {"matched": matched})


_GOALS = (
    Goal(
        "small", "small lesions (%)", "A filter takes more of a small lesion than of a large one.",
        lambda x: x["small"], lambda x: x + 1, "matched", most=True, form=".1f",
    ),
    Goal(
        "lesions", "all lesions (%)", "The scale is off: was it learned from other patients, with their hot pixels?",
        lambda x: x["lesions"], lambda x: x + 0.5, "matched", most=True, form=".1f",
    ),
    Goal(
        "body", "body (SUV)", "After a match most of the error is noise. Which pixels may be averaged?",
        lambda x: x["body"], lambda x: 0.85 * x, "matched", most=True, form=".3f",
    ),
)  # fmt: skip
"""The match reaches 7.0, 7.0 and 0.164; blended with a Gaussian filter small lesions are off by 19 and more, filtered
only where it is cold by 7 to 12; with non-local means by as much as before, and the body by 0.125."""

EXERCISES = (
    _MATCH,
    _ASSUMED,
    _CLOSED,
    LAB.exercise(
        name="datasets.harmonization.beat_the_match",
        reference="medfuse_course.exercises.datasets.harmonization:matched_and_quiet",
        goals=_GOALS,
    ),
)
