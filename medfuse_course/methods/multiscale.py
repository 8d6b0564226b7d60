"""The pattern of half of the field: transform both images, fuse band by band, transform back."""

import dataclasses
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.methods.rules import RULES
from medfuse_course.transforms.bands import Bands

B = TypeVar("B", bound=Bands)


def fuse_bands(a: B, b: B, rule: str = "choose_max", base_rule: str = "average") -> B:
    """Fuse the bands of two images: ``rule`` for every detail level, ``base_rule`` for the base.

    Parameters
    ----------
    a, b
        What one transform made of two images on one grid.
    rule, base_rule
        Names in `medfuse_course.methods.rules.RULES`.
    """
    choose = RULES[rule]
    details = tuple(choose(x, y) for x, y in zip(a.details, b.details, strict=True))
    return dataclasses.replace(a, details=details, base=RULES[base_rule](a.base, b.base))


def share_of_a(a: NDArray[Any], b: NDArray[Any], fused: NDArray[Any]) -> FloatArray:
    """Where a fused coefficient came from: 1 for a, 0 for b, between for a mixture, 0.5 where the sources agree.

    ``Re((f - b) conj(a - b)) / |a - b|^2``, clipped to [0, 1], for bands of one shape, real or complex.
    """
    difference = a - b
    power = np.abs(difference) ** 2
    known = power > 1e-12 * max(float(power.max(initial=0)), 1e-30)
    share = np.full(power.shape, 0.5, power.dtype)
    np.divide(np.real((fused - b) * np.conj(difference)), power, out=share, where=known)
    return np.clip(share, 0, 1)
