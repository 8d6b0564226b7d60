"""Sparse coding and the choice between two codes.

``best_atom(dictionary, patch)`` returns the multiple of one column that is nearest to the patch.
``choose_codes(codes_a, codes_b)`` takes, row by row, the code whose magnitudes sum to more.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, keeps_equal_sources, off

PIXELS, ATOMS, PATCHES = 16, 40, 30


def best_atom(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    """``d (d . patch) / (d . d)`` for the column d with the largest ``|d . patch| / |d|``."""
    products, lengths = dictionary.T @ patch, np.linalg.norm(dictionary, axis=0)
    best = int(np.argmax(np.abs(products) / lengths))
    nearest: FloatArray = dictionary[:, best] * products[best] / lengths[best] ** 2
    return nearest


def choose_codes(codes_a: FloatArray, codes_b: FloatArray) -> FloatArray:
    """Row by row the code with the larger sum of magnitudes, whole."""
    stronger = np.abs(codes_a).sum(axis=1) > np.abs(codes_b).sum(axis=1)
    return np.where(stronger[:, None], codes_a, codes_b)


def _dictionary(*stream: str, unit: bool) -> FloatArray:
    """Atoms of length 1, or of lengths from 0.2 to 5."""
    rng = generator(0, "exercises", "atoms", *stream)
    atoms = rng.standard_normal((PIXELS, ATOMS))
    atoms /= np.linalg.norm(atoms, axis=0)
    return atoms if unit else atoms * np.exp(rng.uniform(-1.6, 1.6, ATOMS))


def _multiple(id: str, factor: float, hint: str, complaint: str, *, unit: bool) -> Property:
    """The patch is a multiple of an atom, so it must come back."""

    def test(answer: Attempt) -> str | None:
        dictionary = _dictionary(id, unit=unit)
        for k in (0, 7, 21):
            patch = factor * dictionary[:, k]
            distance = off(answer.image(dictionary, patch, shape=patch.shape), patch)
            if distance > TOLERANCE:
                return f"{complaint}, but your result is up to {distance:.2g} away from it"
        return None

    return Property(id, test, hint)


def _nearest(answer: Attempt) -> str | None:
    dictionary = _dictionary("nearest", unit=False)
    patch = generator(1, "exercises", "patch").standard_normal(PIXELS)
    mine = answer.image(dictionary, patch, shape=patch.shape)
    left, wanted = (float(np.linalg.norm(patch - x)) for x in (mine, best_atom(dictionary, patch)))
    if left < wanted - TOLERANCE:
        return f"your result leaves {left:.3g} of the patch, which no single atom can: the best one leaves {wanted:.3g}"
    return f"your atom leaves {left:.3g} of the patch, the best one {wanted:.3g}" if left > wanted + TOLERANCE else None


def _take(dictionary: FloatArray, patch: FloatArray, k: int) -> FloatArray:
    d = dictionary[:, k]
    nearest: FloatArray = d * (d @ patch) / (d @ d)
    return nearest


def _signed(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    return _take(dictionary, patch, int(np.argmax(dictionary.T @ patch / np.linalg.norm(dictionary, axis=0))))


def _atom_itself(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    products = np.abs(dictionary.T @ patch) / np.linalg.norm(dictionary, axis=0)
    atom: FloatArray = dictionary[:, int(np.argmax(products))]
    return atom


def _not_normalized(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    return _take(dictionary, patch, int(np.argmax(np.abs(dictionary.T @ patch))))


def _product_only(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    atom = _atom_itself(dictionary, patch)
    return atom * (atom @ patch)


def _all_atoms(dictionary: FloatArray, patch: FloatArray) -> FloatArray:
    mixture: FloatArray = dictionary @ np.linalg.lstsq(dictionary, patch, rcond=None)[0]
    return mixture


def _atom_trials() -> tuple[tuple[FloatArray, FloatArray], ...]:
    rng = generator(2, "exercises", "patch")
    return tuple((_dictionary("trial", str(k), unit=False), rng.standard_normal(PIXELS)) for k in range(3))


def _codes(*stream: str) -> tuple[FloatArray, FloatArray]:
    """Sparse rows whose sums of magnitudes, squares and counts disagree about which source is the stronger one."""
    rng = generator(0, "exercises", "codes", *stream)
    spread = np.where(rng.random((PATCHES, ATOMS)) < 0.3, rng.standard_normal((PATCHES, ATOMS)), 0)
    peaked = np.where(rng.random((PATCHES, ATOMS)) < 0.1, 3 * rng.standard_normal((PATCHES, ATOMS)), 0)
    swap = rng.random((PATCHES, 1)) < 0.5
    return np.where(swap, peaked, spread), np.where(swap, spread, peaked)


def _shape(answer: Attempt) -> str | None:
    answer.image(*_codes("shape"))
    return None


def _whole(answer: Attempt) -> str | None:
    a, b = _codes("whole")
    result = answer.image(a, b)
    foreign = np.minimum(np.abs(result - a).max(axis=1), np.abs(result - b).max(axis=1)) > TOLERANCE
    return f"{foreign.sum()} of {PATCHES} rows are neither the code of a nor that of b" if foreign.any() else None


def _stronger(answer: Attempt) -> str | None:
    a, b = _codes("stronger")
    other = (np.abs(answer.image(a, b) - choose_codes(a, b)).max(axis=1) > TOLERANCE).sum()
    return f"for {other} of {PATCHES} patches the weaker code was kept" if other else None


def _by(activity: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Choose rows by another measure."""
    return lambda a, b: np.where((activity(a) > activity(b))[:, None], a, b)


def _code_trials() -> tuple[tuple[FloatArray, FloatArray], ...]:
    return _codes("trial"), _codes("another trial")


_ATOM = Exercise(
    name="methods.classical.sparse_representation.best_atom",
    kind="function",
    reference="medfuse_course.exercises.methods.classical.sparse_representation:best_atom",
    properties=(
        _multiple(
            "multiple",
            2.5,
            "Return a multiple of an atom: which number goes with it?",
            "the patch was 2.5 times an atom",
            unit=True,
        ),
        _multiple(
            "negative",
            -0.7,
            "An atom may be taken with a minus sign.",
            "the patch was -0.7 times an atom",
            unit=True,
        ),
        _multiple(
            "lengths",
            0.8,
            "These atoms are not of length 1: a long one has large products with everything.",
            "the patch was 0.8 times an atom",
            unit=False,
        ),
        Property("nearest", _nearest, "One atom, the one that leaves least of the patch."),
    ),
    trials=_atom_trials,
    wrong=(
        WrongAnswer(
            "atom_itself", _atom_itself, "multiple", "That is the atom as it stands: multiply it by its coefficient."
        ),
        WrongAnswer(
            "no_magnitude",
            _signed,
            "negative",
            "You take the largest product; a large negative one is as good: compare magnitudes.",
        ),
        WrongAnswer(
            "not_normalized",
            _not_normalized,
            "lengths",
            "You take the largest product. Divide each product by the length of its atom before you compare.",
        ),
        WrongAnswer(
            "product_only",
            _product_only,
            "lengths",
            "The choice is right; the coefficient is not: divide the product by d @ d, the squared length.",
        ),
        WrongAnswer(
            "all_atoms",
            _all_atoms,
            "nearest",
            "Only all atoms at once, or the patch itself, leave so little. Take one atom.",
        ),
    ),
)

_CODES = Exercise(
    name="methods.classical.sparse_representation.choose_codes",
    kind="function",
    reference="medfuse_course.exercises.methods.classical.sparse_representation:choose_codes",
    properties=(
        Property("shape", _shape, "Take two arrays of codes and return one of their shape."),
        keeps_equal_sources("Two equal codes give that code.", signed=True),
        Property("whole", _whole, "Decide once for each row, and take the row as it is."),
        Property("activity", _stronger, "The activity of a code is the sum of the magnitudes of its entries."),
    ),
    trials=_code_trials,
    wrong=(
        WrongAnswer(
            "entry_by_entry",
            lambda a, b: np.where(np.abs(a) > np.abs(b), a, b),
            "whole",
            "You choose entry by entry: atoms of both patches pile up into a patch that neither source has.",
        ),
        WrongAnswer(
            "average", lambda a, b: (a + b) / 2, "whole", "Averaging halves every detail that one source alone has."
        ),
        WrongAnswer(
            "by_columns",
            lambda a, b: np.where(np.abs(a).sum(axis=0) > np.abs(b).sum(axis=0), a, b),
            "whole",
            "You summed over the patches and chose atoms; sum along each row and choose patches.",
        ),
        WrongAnswer(
            "sum_of_squares",
            _by(lambda c: (c * c).sum(axis=1)),
            "activity",
            "You compare lengths (sums of squares), nearly the energy of the patch; sum magnitudes instead.",
        ),
        WrongAnswer(
            "signed_sum",
            _by(lambda c: c.sum(axis=1)),
            "activity",
            "You sum the entries with their signs, so that they cancel; sum their magnitudes.",
        ),
        WrongAnswer(
            "count",
            _by(lambda c: (c != 0).sum(axis=1).astype(float)),
            "activity",
            "You count the atoms; a patch of noise uses many small ones.",
        ),
        WrongAnswer(
            "largest_entry",
            _by(lambda c: np.abs(c).max(axis=1)),
            "activity",
            "You compare the largest entry only; all atoms of a code count.",
        ),
    ),
)

EXERCISES = (_ATOM, _CODES)
