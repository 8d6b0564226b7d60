"""Entropy and mutual information, from histograms of the image rounded to 8 bits."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError

LEVELS = 256

SEMANTIC_BIN = 8
"""Gray levels of 8 bits that the semantic loss takes for one. A joint histogram of 256 x 256 cells is nearly empty, and
noise alone then tells pixels apart."""


def _codes(image: FloatArray) -> NDArray[np.int64]:
    """Gray levels 0 to 255 of an image in [0, 255], flattened, ties to even."""
    return np.rint(image).astype(np.int64).ravel()


def _entropy(counts: NDArray[np.int64]) -> float:
    """-sum p log2 p of a histogram, in bits; an empty bin counts nothing."""
    p = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(p * np.log2(p)).sum()))  # a constant image gives -0.0


def _entropies(first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[float, float, float]:
    """H(first), H(second), H(first, second) in bits, from one joint histogram."""
    joint = np.bincount(first * LEVELS + second, minlength=LEVELS * LEVELS).reshape(LEVELS, LEVELS)
    return _entropy(joint.sum(axis=1)), _entropy(joint.sum(axis=0)), _entropy(joint.ravel())


def _mutual_information(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    h_first, h_second, h_joint = _entropies(first, second)
    return max(0.0, h_first + h_second - h_joint)


def _en(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``-sum p log2 p`` over the 256 gray levels of f."""
    return _entropy(np.bincount(_codes(f), minlength=LEVELS))


def _mi(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``I(f; a) + I(f; b)`` with ``I(f; a) = H(f) + H(a) - H(f, a)``, from joint histograms of 256 x 256 cells."""
    codes = _codes(f)
    return _mutual_information(codes, _codes(a)) + _mutual_information(codes, _codes(b))


def _mi_nats(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    return _mi(f, a, b) * float(np.log(2))


def _mi_saturated(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``H(f) + H(a) - H(min(f, 254), min(a, 254))``, and the same of b."""
    # The kit counts pairs of levels from 1 and adds that 1 in 8 bits, where 255 + 1 is 255: levels 254 and 255 become
    # one. Its single entropies count all 256, so with many values of 255 an image says more of itself than it holds.
    codes, total = _codes(f), 0.0
    for other in map(_codes, (a, b)):
        h_f, h_other, _ = _entropies(codes, other)
        total += h_f + h_other - _entropies(np.minimum(codes, 254), np.minimum(other, 254))[2]
    return total


def _nmi(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``2 (I(f; a) / (H(f) + H(a)) + I(f; b) / (H(f) + H(b)))``."""
    codes = _codes(f)
    total = 0.0
    for name, source in (("a", a), ("b", b)):
        h_f, h_source, h_joint = _entropies(codes, _codes(source))
        if h_f + h_source == 0:
            raise UndefinedError(f"f and {name} are both constant, so there is no entropy to divide by")
        total += max(0.0, h_f + h_source - h_joint) / (h_f + h_source)
    return 2 * total


def _semantic_loss(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """``[H(A | F) + H(B | F)] / [H(A) + H(B)]`` with ``H(X | F) = H(X, F) - H(F)``, in bins of 8 gray levels."""
    fused, unknown, known = _codes(f) // SEMANTIC_BIN, 0.0, 0.0
    for source in (a, b):
        h_f, h_source, h_joint = _entropies(fused, _codes(source) // SEMANTIC_BIN)
        unknown, known = unknown + max(0.0, h_joint - h_f), known + h_source
    if known == 0:
        raise UndefinedError("a and b are both constant, so there is no meaning to lose")
    return min(1.0, unknown / known)


EN = Metric(
    slug="en",
    abbreviation="EN",
    title="Entropy of the fused image (bits)",
    direction="descriptive",
    range=(0.0, 8.0),
    reference="roberts2008assessment",
    presets={"course": _en, "cddfuse": _en, "linfeng": _en},
)
MI = Metric(
    slug="mi",
    abbreviation="MI",
    title="Mutual information with the sources, summed (bits; CDDFuse's evaluator: nats)",
    direction="higher",
    range=(0.0, 16.0),
    reference="qu2002information",
    presets={"course": _mi, "cddfuse": _mi_nats, "linfeng": _mi_saturated},
)
NMI = Metric(
    slug="nmi",
    abbreviation="NMI",
    title="Normalized mutual information with the sources, summed",
    direction="higher",
    range=(0.0, 2.0),
    reference="hossny2008comments",
    presets={"course": _nmi},
)
SEMANTIC_LOSS = Metric(
    slug="semantic_loss",
    abbreviation="SL_H",
    title="Semantic loss: share of the sources' entropy that the fused gray value leaves open",
    direction="lower",
    range=(0.0, 1.0),
    reference="fan2019fwnet",
    presets={"course": _semantic_loss},
)
