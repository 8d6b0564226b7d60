"""Features of two modalities, pulled together or not: who finds the partner, what tells them apart, what is lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray

ARMS = ("none", "moments", "gradients", "coral", "contrastive", "adversarial")
"""What is done: nothing, mean and variance matched, gradients of the patches without any learning, and trainings."""

PAIRS = ("head/mri-pet", "head/mri-ct")

PROBED, TRIED = tuple(range(300, 308)), tuple(range(320, 328))
"""Heads that classifiers learn from, and heads on which everything is measured; no encoder sees either."""

PLACES = 64
"""Patches of a slice: as many candidates as a partner is sought among."""

_NEAR = 6  # pixels: a patch shows a lesion if one lies that near to its middle

Features = Callable[[FloatArray, FloatArray], Sequence[FloatArray]]


@dataclass(frozen=True)
class SharedRow:
    """What the features of one training are worth, on heads that no training saw.

    Attributes
    ----------
    arm, seed, pair
        What was done, with which seed, to features of which modalities.
    retrieval
        Share of patches of a whose nearest of 64 patches of b, by cosine, is the one of the same place; chance is 1/64.
    modality
        Share of features of which a small network says rightly from which modality they are; chance is 1/2.
    modality_linear
        The same of a linear classifier.
    lesion_a, lesion_b
        Area under the ROC curve of a linear classifier that tells from the features of a (of b) whether the patch shows
        a lesion; chance is 1/2.
    """

    arm: str
    seed: int
    pair: str
    retrieval: float
    modality: float
    modality_linear: float
    lesion_a: float
    lesion_b: float


@dataclass(frozen=True)
class Slice:
    """64 places of a slice in both modalities, and which of them show a lesion."""

    a: FloatArray
    b: FloatArray
    lesions: BoolArray


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[SharedRow]:
    """Train with this seed and measure.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches; the slices that are tried are the same for all.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each of `PAIRS`.
    """
    check_name("arm", arm, ARMS)
    for pair in PAIRS:
        yield measure(arm, seed, pair, features_of(arm, seed, pair, profile))


def features_of(arm: str, seed: int, pair: str, profile: Profile | None = None) -> Features:
    """What makes features ``(n, d)`` of patches ``(n, 1, 32, 32)`` of a and of b."""
    if arm == "gradients":
        return lambda a, b: [steepness(x) for x in (a, b)]
    from medfuse_course.benchmark.experiments.shared_features.learning import encoders

    if arm != "moments":
        return encoders(arm, pair, seed, profile)
    plain = encoders("none", pair, seed, profile)
    known = [np.concatenate(parts) for parts in zip(*(plain(s.a, s.b) for s in slices(pair, PROBED)), strict=True)]
    return lambda a, b: [(x - k.mean(axis=0)) / (k.std(axis=0) + 1e-6) for x, k in zip(plain(a, b), known, strict=True)]


def steepness(patches: FloatArray) -> FloatArray:
    """Size of the gradient of each patch in 8 x 8 cells, less its mean: ``(n, 64)``, no learning."""
    smooth = ndimage.gaussian_filter(patches[:, 0], (0, 1.5, 1.5))
    steep = np.hypot(*np.gradient(smooth, axis=(1, 2)))
    cells = steep.reshape(len(steep), 8, 4, 8, 4).mean(axis=(2, 4)).reshape(len(steep), 64)
    return np.asarray(cells - cells.mean(axis=1, keepdims=True))


def measure(arm: str, seed: int, pair: str, features: Features) -> SharedRow:
    """Everything that a row says, of one way to make features."""
    probed, tried = (([features(s.a, s.b) for s in slices(pair, heads)]) for heads in (PROBED, TRIED))
    lesions = [np.concatenate([s.lesions for s in slices(pair, heads)]) for heads in (PROBED, TRIED)]
    of = [[np.concatenate(parts) for parts in zip(*side, strict=True)] for side in (probed, tried)]
    (known_a, known_b), (new_a, new_b) = of
    return SharedRow(
        arm,
        seed,
        pair,
        retrieval=float(np.mean([top_one(a, b) for a, b in tried])),
        modality=modality_accuracy((known_a, known_b), (new_a, new_b), seed),
        modality_linear=linear_accuracy((known_a, known_b), (new_a, new_b)),
        lesion_a=lesion_area(known_a, lesions[0], new_a, lesions[1]),
        lesion_b=lesion_area(known_b, lesions[0], new_b, lesions[1]),
    )


def top_one(a: FloatArray, b: FloatArray) -> float:
    """Share of rows of a whose nearest row of b, by cosine, has the same number."""
    unit_a, unit_b = (x / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-12) for x in (a, b))
    return float(((unit_a @ unit_b.T).argmax(axis=1) == np.arange(len(a))).mean())


def modality_accuracy(known: tuple[FloatArray, FloatArray], new: tuple[FloatArray, FloatArray], seed: int) -> float:
    """How often a small network is right that learned, from other heads, which features are of a.

    It is no linear one: two clouds with one mean and one variance can still be told apart by their shape.
    """
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits

    every = np.concatenate(known)
    middle, spread = every.mean(axis=0), every.std(axis=0) + 1e-6
    x, y = (torch.tensor((np.concatenate(side) - middle) / spread, dtype=torch.float32) for side in (known, new))
    of_a, of_new = (torch.cat([torch.ones(len(s[0])), torch.zeros(len(s[1]))]) for s in (known, new))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))
    walk = torch.optim.Adam(judge.parameters(), lr=1e-2, weight_decay=1e-4)
    for _ in range(150):
        walk.zero_grad()
        binary_cross_entropy_with_logits(judge(x)[:, 0], of_a).backward()  # type: ignore[no-untyped-call]
        walk.step()
    return float(((judge(y)[:, 0] > 0) == (of_new > 0.5)).float().mean())


def linear_accuracy(known: tuple[FloatArray, FloatArray], new: tuple[FloatArray, FloatArray]) -> float:
    """How often a linear least-squares classifier is right that learned which features are of a."""
    of_a, of_new = (np.repeat([True, False], [len(side[0]), len(side[1])]) for side in (known, new))
    said = _linear(np.concatenate(known), of_a, np.concatenate(new))
    return float(((said > 0) == of_new).mean())


def lesion_area(known: FloatArray, shows: BoolArray, new: FloatArray, really: BoolArray) -> float:
    """Area under the ROC curve of a linear classifier that learned from other heads."""
    from scipy.stats import rankdata  # takes half a second to import

    ranks = rankdata(_linear(known, shows, new))
    found = int(really.sum())
    return float((ranks[really].sum() - found * (found + 1) / 2) / (found * (len(really) - found)))


def _linear(known: FloatArray, label: BoolArray, new: FloatArray, ridge: float = 10.0) -> FloatArray:
    """Scores of least squares with a penalty, both classes with the same weight."""
    middle, spread = known.mean(axis=0), known.std(axis=0) + 1e-6
    x, y = (np.c_[(part - middle) / spread, np.ones(len(part))] for part in (known, new))
    weight = np.where(label, 0.5 / label.sum(), 0.5 / (~label).sum()) * len(label)
    left = (x * weight[:, None]).T @ x + ridge * np.eye(x.shape[1])
    return np.asarray(y @ np.linalg.solve(left, (x * weight[:, None]).T @ (label - 0.5)))


@cache
def slices(pair: str, heads: tuple[int, ...]) -> tuple[Slice, ...]:
    """A slice of each head: 64 places, a third of them near a lesion where there are so many."""
    from medfuse_course.benchmark.experiments.shared_features.learning import cut, scanned, scattered

    made = []
    for head in heads:
        scan = scanned(pair, head)
        places = scattered(scan, generator(head, "places", "tried"), PLACES)
        if scan.truth is None:
            raise RuntimeError("the head phantom lost its truth; please report this")
        away = ndimage.distance_transform_edt(~scan.truth.lesions)
        shows = np.array([away[tuple(place)] <= _NEAR for place in places])
        made.append(Slice(*cut(scan, places), shows))
    return tuple(made)
