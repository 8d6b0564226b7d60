"""An open lab: ``first_blend(a, b)`` must keep what each scanner alone can see, better than both baselines.

What is measured, on three heads with two lesions each (T2-weighted MRI and CT): the contrast of the skull against the
brain beside it, as a share of its contrast in the CT, and the contrast of the lesions against their surroundings, as a
share of that in the MRI. Too much contrast counts as little as too little, and the wrong sign counts nothing. The score
is the smaller share: nothing may be bought by losing the other.
"""

from functools import partial

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray, Image
from medfuse_course.datasets import Pair
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Property
from medfuse_course.exercises.open_lab import Goal, Values, heads, lab_on_pairs, truth_of
from medfuse_course.exercises.samples import stays_in_range
from medfuse_course.methods import fuse

BACKGROUND_SLACK = 0.01
"""How much brighter than the brighter source the air around the head may become."""


cases = partial(heads, "head/mri-ct", (0, 1, 2), contrast="t2")


def pyramid_blend(a: Image, b: Image) -> Image:
    """The library's way: the Laplacian pyramid with its default options."""
    return fuse(a, b, "laplacian_pyramid")


def contrast_kept(fused: Image, pair: Pair) -> dict[str, float]:
    """The shares of skull and lesion contrast that a fused image keeps, each in [0, 1].

    ``max(0, 1 - |1 - C(F) / C(S)|)`` with ``C(X) = median X(in) - median X(around)``, where S is the source that shows
    the structure: CT for the skull, MRI for the lesions.
    """
    sources = {"skull": pair.b, "lesions": pair.a}
    return {
        name: max(0.0, 1 - abs(1 - _contrast(fused, *regions) / _contrast(sources[name], *regions)))
        for name, regions in _regions(pair).items()
    }


def score(kept: Values) -> float:
    """The smaller of the two shares, each averaged over the three heads."""
    return min(kept["skull"], kept["lesions"])


LAB = lab_on_pairs(cases, contrast_kept, {name: partial(fuse, method=name) for name in ("average", "maximum")})


def _regions(pair: Pair) -> dict[str, tuple[BoolArray, BoolArray]]:
    """Inside and around: the skull and the brain within 6 mm; the lesions' cores and the brain 2 to 5 mm away."""
    truth = truth_of(pair)
    labels, lesions = truth.labels, truth.lesions
    brain = np.isin(labels, (LABELS["gray matter"], LABELS["white matter"]))
    bone = np.isin(labels, (LABELS["compact bone"], LABELS["diploe"]))
    grow = ndimage.binary_dilation
    ring = grow(lesions, iterations=5) & ~grow(lesions, iterations=1) & brain
    return {
        "skull": (bone, grow(bone, iterations=6) & brain),
        "lesions": (ndimage.binary_erosion(lesions), ring),
    }


def _air(pair: Pair) -> BoolArray:
    """Outside the head, 8 mm from the skin."""
    air: BoolArray = ndimage.binary_erosion(truth_of(pair).labels == LABELS["air"], iterations=8)
    return air


def _contrast(image: Image, inside: BoolArray, around: BoolArray) -> float:
    return float(np.median(image[inside]) - np.median(image[around]))


def _background(answer: Attempt) -> str | None:
    for pair, fused in zip(cases(), LAB.made(answer), strict=True):
        air = _air(pair)
        allowed = max(float(source[air].mean()) for source in (pair.a, pair.b)) + BACKGROUND_SLACK
        level = float(fused[air].mean())
        if level > allowed:
            return f"the air around the head became {level:.2f} bright; at most {allowed:.2f} is allowed"
    return None


def _beats(baseline: str, hint: str) -> Goal:
    return Goal(f"beats-{baseline}", "contrast kept", hint, score, lambda known: known, baseline, beat=True)


EXERCISES = (
    LAB.exercise(
        name="methods.lab.first_blend",
        reference="medfuse_course.exercises.methods.lab:pyramid_blend",
        before=(
            stays_in_range(LAB.made),
            Property("background", _background, "Where both sources are dark the result must be dark too."),
        ),
        goals=(
            _beats("average", "Averaging halves what only one source shows: let the stronger source win somewhere."),
            _beats("maximum", "The maximum loses contrast around the lesions: choose details, not gray values."),
        ),
    ),
)
