"""The alignment table: translations that learned without pairs, over several seeds, by where the heads they make lie.

A head moved by the translation is a matter of the training, not of the image, so a row is a training. Each is tried on
the same heads, which no training sees: landmarks of surface and skull in mm, the error in HU, and how much the contrast
of lesions is off in HU.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from statistics import mean

import numpy as np
from scipy import ndimage

from medfuse_course.core.profile import Profile
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets import load_pair, parse_window
from medfuse_course.metrics.landmarks import landmark_error

WINDOW = "hu:500,3000"
"""Of the CT that is made: 0 is -1000 HU, 1 is 2000 HU."""

SURFACE, BONE = -500.0, 120.0
"""HU at which the landmarks are looked for, as `metrics.landmark_error` takes them."""

TRAININGS = ("cyclegan", "dicyc", "dicyc_at_once")
"""What is trained; the last one is `dicyc` with the alignment in its full weight from the first step."""

_RIM = 2, 6  # pixels around a lesion: what is left out, and as far as its surroundings reach
_BRAIN, _FROM_BONE = (0.0, 100.0), 4  # HU of the surroundings, and their distance from what is denser, in pixels


@dataclass(frozen=True)
class TriedHead:
    """A head that no training sees.

    Attributes
    ----------
    mri
        ``(H, W)`` in [0, 1].
    ct
        ``(H, W)`` in HU.
    center
        Row and column of its middle; a pixel is 1 mm.
    lesions
        ``(H, W)``.
    brain
        Soft tissue that is not next to bone.
    """

    mri: Image
    ct: FloatArray
    center: tuple[float, float]
    lesions: BoolArray
    brain: BoolArray


@dataclass(frozen=True)
class AlignmentRow:
    """One training, means over the heads.

    Attributes
    ----------
    training, seed
        Which.
    landmark_mm
        Mean distance of surface and skull from the true ones.
    error_hu
        Mean absolute error over the slice.
    lesion_hu
        By how much the contrast of a lesion to what lies around it is off, mean size.
    """

    training: str
    seed: int
    landmark_mm: float
    error_hu: float
    lesion_hu: float


@cache
def tried_heads(seeds: Sequence[int] = tuple(range(20, 28))) -> tuple[TriedHead, ...]:
    """A slice of each head, with two lesions, at another height each.

    Parameters
    ----------
    seeds
        Of the heads.

    Returns
    -------
    In their order.
    """
    heads = []
    for k, seed in enumerate(seeds):
        pair = load_pair("head/mri-ct", seed=seed, slice=18 + 3 * (k % 8), lesions=2, window_b=WINDOW)
        if pair.truth is None:
            raise RuntimeError("the head phantom lost its truth; please report this")
        ct = pair.truth.quantities["hu"]
        brain = (ct > _BRAIN[0]) & (ct < _BRAIN[1]) & ~ndimage.binary_dilation(ct > _BRAIN[1], iterations=_FROM_BONE)
        down, across = np.argwhere(pair.truth.labels != 0).mean(axis=0)
        heads.append(TriedHead(pair.a, ct, (float(down), float(across)), pair.truth.lesions, brain))
    return tuple(heads)


def lesion_contrasts(head: TriedHead, ct: FloatArray) -> list[float]:
    """How much brighter each lesion is than what lies around it, in the unit of the image.

    Parameters
    ----------
    head
        Knows the lesions.
    ct
        ``(H, W)``, true or made.

    Returns
    -------
    A number for each lesion.
    """
    numbers, count = ndimage.label(head.lesions)
    left_out = ndimage.binary_dilation(head.lesions, iterations=_RIM[0])
    contrasts = []
    for number in range(1, count + 1):
        lesion = numbers == number
        around = ndimage.binary_dilation(lesion, iterations=_RIM[1]) & ~left_out & head.brain
        contrasts.append(float(ct[lesion].mean() - ct[around].mean()))
    return contrasts


def try_synthesis(make: Callable[[Image], Image], heads: Sequence[TriedHead] | None = None) -> Mapping[str, float]:
    """What a translation does to heads.

    Parameters
    ----------
    make
        From an MRI in [0, 1] to a CT in [0, 1] of `WINDOW`.
    heads
        Which; `tried_heads` if not given.

    Returns
    -------
    ``landmark_mm``, ``error_hu`` and ``lesion_hu``, as `AlignmentRow` has them. Landmarks are NaN where a head is not
    to be seen.
    """
    window, rows = parse_window(WINDOW), []
    for head in heads or tried_heads():
        made = window.undo(make(head.mri))
        pairs = zip(lesion_contrasts(head, made), lesion_contrasts(head, head.ct), strict=True)
        rows.append(
            (
                landmark_error(made, head.ct, head.center, surface=SURFACE, bone=BONE),
                float(np.abs(made - head.ct).mean()),
                mean(abs(got - wanted) for got, wanted in pairs),
            )
        )
    return dict(zip(("landmark_mm", "error_hu", "lesion_hu"), np.mean(rows, axis=0).tolist(), strict=True))


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[AlignmentRow]:
    """Train a translation and try it.

    Parameters
    ----------
    arm
        Of `TRAININGS`.
    seed
        Of weights and batches.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    One row.
    """
    from medfuse_course.methods.gan import cyclegan, dicyc
    from medfuse_course.methods.learned import run_network
    from medfuse_course.training import train

    recipes = dict(zip(TRAININGS, (cyclegan.RECIPE, dicyc.RECIPE, dicyc.AT_ONCE), strict=True))
    network = train(recipes[arm], seed=seed, profile=profile).network
    yield AlignmentRow(arm, seed, **try_synthesis(partial(run_network, network)))
