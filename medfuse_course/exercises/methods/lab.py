"""An open lab: ``first_blend(a, b)`` must keep what each scanner alone can see, better than both baselines.

What is measured, on three heads with two lesions each (T2-weighted MRI and CT): the contrast of the skull against the
brain beside it, as a share of its contrast in the CT, and the contrast of the lesions against their surroundings, as a
share of that in the MRI. A share counts at most as 1. The score is the smaller share: nothing may be bought by losing
the other.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import BoolArray, Image
from medfuse_course.datasets import Pair, Truth, load_pair
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.images import stays_in_range
from medfuse_course.methods import fuse

SEEDS = (0, 1, 2)
BACKGROUND_SLACK = 0.01
"""How much brighter than the brighter source the air around the head may become."""


def pyramid_blend(a: Image, b: Image) -> Image:
    """The library's way: the Laplacian pyramid with its default options."""
    return fuse(a, b, "laplacian_pyramid")


def contrast_kept(fused: Image, pair: Pair) -> dict[str, float]:
    """The shares of skull and lesion contrast that a fused image keeps, each in [0, 1].

    ``min(1, |median F(in) - median F(around)| / |median S(in) - median S(around)|)``, where S is the source that shows
    the structure: CT for the skull, MRI for the lesions.
    """
    sources = {"skull": pair.b, "lesions": pair.a}
    return {
        name: min(1.0, _contrast(fused, *regions) / _contrast(sources[name], *regions))
        for name, regions in _regions(pair).items()
    }


def score(fused: Sequence[Image]) -> float:
    """The smaller of the two shares, each averaged over the three heads; `fused` has one image for each of `cases`."""
    kept = [contrast_kept(image, pair) for image, pair in zip(fused, cases(), strict=True)]
    return min(float(np.mean([one[name] for one in kept])) for name in ("skull", "lesions"))


@cache
def cases() -> tuple[Pair, ...]:
    """The three heads."""
    return tuple(load_pair("head/mri-ct", seed=seed, contrast="t2", lesions=2) for seed in SEEDS)


@cache
def baselines() -> dict[str, float]:
    """What plain averaging and the pixelwise maximum score."""
    return {name: score([fuse(pair.a, pair.b, name) for pair in cases()]) for name in ("average", "maximum")}


@lru_cache(maxsize=1)
def _fused(answer: Attempt) -> tuple[Image, ...]:
    """What the learner makes of the three heads; kept, since every property asks for it."""
    return tuple(answer.image(pair.a, pair.b).astype(np.float32) for pair in cases())


def _regions(pair: Pair) -> dict[str, tuple[BoolArray, BoolArray]]:
    """Inside and around: the skull and the brain within 6 mm; the lesions' cores and the brain 2 to 5 mm away."""
    labels, lesions = _truth(pair).labels, _truth(pair).lesions
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
    air: BoolArray = ndimage.binary_erosion(_truth(pair).labels == LABELS["air"], iterations=8)
    return air


def _truth(pair: Pair) -> Truth:
    if pair.truth is None:
        raise ValueError(f"pair: expected a phantom, which knows its truth, got {pair.name!r}")
    return pair.truth


def _contrast(image: Image, inside: BoolArray, around: BoolArray) -> float:
    return abs(float(np.median(image[inside]) - np.median(image[around])))


def _background(answer: Attempt) -> str | None:
    for pair, fused in zip(cases(), _fused(answer), strict=True):
        air = _air(pair)
        allowed = max(float(source[air].mean()) for source in (pair.a, pair.b)) + BACKGROUND_SLACK
        level = float(fused[air].mean())
        if level > allowed:
            return f"the air around the head became {level:.2f} bright; at most {allowed:.2f} is allowed"
    return None


def _beats(baseline: str) -> Callable[[Attempt], str | None]:
    def test(answer: Attempt) -> str | None:
        reached, wanted = score(_fused(answer)), baselines()[baseline]
        return None if reached > wanted else f"contrast kept {reached:.2f}, but the {baseline} keeps {wanted:.2f}"

    return test


def _report(answer: Attempt) -> str:
    known = ", ".join(f"{name} {value:.2f}" for name, value in baselines().items())
    return f"contrast kept {score(_fused(answer)):.2f} ({known})"


EXERCISES = (
    Exercise(
        name="methods.lab.first_blend",
        title="Your own fusion",
        kind="lab",
        reference="medfuse_course.exercises.methods.lab:pyramid_blend",
        hints=(
            "Look where the maximum loses: the lesions are bright in MRI, yet the noise of the CT wins around them.",
            "Decide on details, not on brightness: split both images into detail and base, with a rule for each.",
            "Choose the larger detail by magnitude, average the bases, add, and clip to [0, 1]. More levels help: "
            "a lesion is wider than one fine detail.",
        ),
        properties=(
            stays_in_range(_fused),
            Property("background", _background, "Where both sources are dark the result must be dark too."),
            Property(
                "beats-average",
                _beats("average"),
                "Averaging halves what only one source shows: let the stronger source win somewhere.",
            ),
            Property(
                "beats-maximum",
                _beats("maximum"),
                "The maximum loses contrast around the lesions: choose details, not gray values.",
            ),
        ),
        score=_report,
    ),
)
