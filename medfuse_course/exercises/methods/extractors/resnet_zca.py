"""What a table of norms says, and an open lab: weights by deep features that neither shout nor forget.

``own_weight(a, b, of_a, of_b)`` takes two gray images and the features of both from a residual network of random
filters, a list of four arrays ``(C, h, w)``, fine to coarse, and returns the weight of `a` for each pixel. What is
measured, on heads with two lesions each, MRI with PET and MRI with CT: how much of the lesions' contrast the weighted
mean keeps, for the worse of the two kinds of pairs; SSIM with the sources; and edges made up.
"""

from functools import cache
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import Pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values, heads
from medfuse_course.metrics import evaluate

SEEDS = (30, 31, 32)
KINDS = ("head/mri-pet", "head/mri-ct")
LESIONS, SSIM_LESS, MADE_UP = 0.7, 0.05, 0.005
"""Contrast of lesions to be kept; SSIM that may be lost against the average; Nabf that is allowed."""

Features = list[FloatArray]


@cache
def cases() -> tuple[tuple[Pair, Features, Features], ...]:
    """Pairs with the features of both images."""
    import torch

    from medfuse_course.networks import load_extractor

    trunk = load_extractor("resnet50", "none", normalize=False).cpu()

    def features(image: Image) -> Features:
        with torch.inference_mode():
            return [x[0].numpy() for x in trunk.levels(torch.from_numpy(np.array(image))[None, None])]

    pairs = [pair for kind in KINDS for pair in heads(kind, SEEDS)]
    return tuple((pair, features(pair.a), features(pair.b)) for pair in pairs)


def felt(features: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Sum over channels of absolute features, and its mean over 5 x 5 places, enlarged to the grid of the image."""
    summed = ndimage.uniform_filter(np.abs(features).sum(axis=0), 5, mode="nearest")
    scale = [n / m for n, m in zip(shape, summed.shape, strict=True)]
    grown: FloatArray = ndimage.zoom(summed, scale, order=1, grid_mode=True, mode="nearest")
    return grown


def own_weight(a: Image, b: Image, of_a: Features, of_b: Features) -> FloatArray:
    """Every channel of the finest stage in its own units, in each image; and the clearer one gets nearly all."""
    shares = []
    for features in (of_a[0], of_b[0]):
        own = features - features.mean(axis=(1, 2), keepdims=True)
        spread = own.std(axis=(1, 2), keepdims=True)
        shares.append(felt(own / np.where(spread > 0, spread, 1), a.shape) ** 4)
    weight: FloatArray = shares[0] / (shares[0] + shares[1])
    return weight


def constant(a: Image, b: Image, of_a: Features, of_b: Features, share: float = 0.5) -> FloatArray:
    """The same weight everywhere: 1/2 is the average."""
    return np.full(a.shape, share)


def louder(a: Image, b: Image, of_a: Features, of_b: Features) -> FloatArray:
    """The first rule of the page: shares of the activity as it is."""
    one, other = felt(of_a[0], a.shape), felt(of_b[0], a.shape)
    weight: FloatArray = one / (one + other)
    return weight


def _weights(answer: Attempt) -> tuple[FloatArray, ...]:
    return tuple(answer.image(p.a, p.b, of_a, of_b, shape=p.a.shape) for p, of_a, of_b in cases())


def _measure(weights: tuple[FloatArray, ...]) -> Values:
    rows: list[dict[str, Any]] = []
    for weight, (pair, _, _) in zip(weights, cases(), strict=True):
        fused = (pair.b + np.clip(weight, 0, 1) * (pair.a - pair.b)).astype(np.float32)
        names = ["ssim", "nabf", "lesion_contrast_recovery"]
        rows.append(evaluate(fused, pair.a, pair.b, names, truth=pair.truth))
    kept = np.reshape([row["lesion_contrast_recovery"] for row in rows], (len(KINDS), -1)).mean(axis=1)
    means = {name: float(np.mean([row[name] for row in rows])) for name in ("ssim", "nabf")}
    return {"kept": float(kept.min()), **means}


LAB = Lab(_weights, _measure, {"average": constant, "louder": louder})


def _listens(answer: Attempt) -> str | None:
    """The same images with exchanged features must not give the same weight."""
    pair, of_a, of_b = cases()[0]
    ours, exchanged = (answer.image(pair.a, pair.b, *x, shape=pair.a.shape) for x in ((of_a, of_b), (of_b, of_a)))
    moved = float(np.abs(ours - exchanged).mean())
    return f"with exchanged features weights change by {moved:.2g} on average" if moved < 0.01 else None


def _range(answer: Attempt) -> str | None:
    found = LAB.made(answer)
    low, high = min(x.min() for x in found), max(x.max() for x in found)
    return f"weights run from {low:.3g} to {high:.3g}" if low < -1e-6 or high > 1 + 1e-6 else None


_NORMS = Exercise(
    name="methods.extractors.resnet_zca.norms",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "Look at the published rows again: which norm has the larger FMI?"),
        WrongAnswer("b", "b", "choice", "The numbers are close. Are they equal, in either table?"),
        WrongAnswer("d", "d", "choice", "In the published rows the nuclear norm has more invented edges, not fewer."),
    ),
)

_LAB = LAB.exercise(
    name="methods.extractors.resnet_zca.own_weight",
    reference="medfuse_course.exercises.methods.extractors.resnet_zca:own_weight",
    before=(
        Property("range", _range, "Return the weight of a, (H, W), between 0 and 1: a share of two activities."),
        Property("features", _listens, "Use of_a and of_b. What gray values alone can do, the page measures after it."),
    ),
    goals=(
        Goal(
            "lesions",
            "contrast of lesions, the worse kind of pairs",
            "Sizes of features must not decide, and yet a weight near one half halves each lesion. Do both.",
            lambda x: x["kept"],
            lambda _: LESIONS,
            "louder",
        ),
        Goal(
            "ssim",
            "SSIM",
            "Weights of 0 and 1 that change from pixel to pixel cost SSIM. Smooth the activity before the share.",
            lambda x: x["ssim"],
            lambda known: known - SSIM_LESS,
            "average",
            form=".3f",
        ),
        Goal(
            "made-up",
            "Nabf",
            "Invented edges are the slope of the weights. Smooth the activity, or take a coarser stage.",
            lambda x: x["nabf"],
            lambda _: MADE_UP,
            "average",
            most=True,
            form=".4f",
        ),
    ),
)

EXERCISES = (_NORMS, _LAB)
