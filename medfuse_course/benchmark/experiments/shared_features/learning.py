"""Encoders of two modalities: what they learn from, and how they are pulled together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.losses.alignment import coral, info_nce
from medfuse_course.training import Batch, Budget, Losses, LossStep, Phase, Recipe, train
from medfuse_course.training.data.patches import SLICES, TRAIN_SEEDS, VAL_SEEDS

SIDE, WIDTH = 32, 32
"""Of a patch in pixels; numbers that an encoder makes of it."""

TERMS: dict[str, tuple[float, float, float]] = {
    "none": (0.0, 0.0, 0.0),
    "coral": (1.0, 0.0, 0.0),
    "contrastive": (0.0, 0.2, 0.0),
    "adversarial": (0.0, 0.2, 1.0),
}
"""Weights of `coral`, `info_nce` and the judge of modalities in each training, beside the reconstruction's of 1."""


class Encoder(nn.Sequential):
    """``(n, 1, 32, 32)`` to ``(n, 32)``: three halvings, then all that is left at once."""

    def __init__(self) -> None:
        halvings = [
            layer
            for inputs, outputs in ((1, 12), (12, 24), (24, 32))
            for layer in (nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.LeakyReLU(0.1))
        ]
        super().__init__(*halvings, nn.Flatten(), nn.Linear(32 * 4 * 4, WIDTH))


class Reversed(torch.autograd.Function):
    """The same on the way there, the negative slope on the way back: the judge learns, and the encoders unlearn."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Nothing is changed."""
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        """Turned round."""
        return -slopes[0]


class TwoEncoders(nn.Module):
    """An encoder and a decoder for each modality, and a judge; a decoder gives back the patch at 2 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.ModuleDict({source: Encoder() for source in "ab"})
        self.decode = nn.ModuleDict(
            {source: nn.Sequential(nn.Linear(WIDTH, 96), nn.LeakyReLU(0.1), nn.Linear(96, 256)) for source in "ab"}
        )
        self.judge = nn.Sequential(nn.Linear(WIDTH, 32), nn.LeakyReLU(0.1), nn.Linear(32, 1))

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Features of both."""
        return self.encode["a"](a), self.encode["b"](b)


class PulledTogether(LossStep[TwoEncoders]):
    """Reconstruction of each patch from its own features, and what pulls the features of both together."""

    def __init__(self, network: TwoEncoders, weights: tuple[float, float, float]) -> None:
        super().__init__(network)
        self.weights = weights

    def losses(self, batch: Batch) -> Losses:
        """The terms that have a weight."""
        features = dict(zip("ab", self.network(batch["a"], batch["b"]), strict=True))
        clouds, partners, judged = self.weights
        wrong = [
            (self.network.decode[s](features[s]) - avg_pool2d(batch[s], 2).flatten(1)).square().mean() for s in "ab"
        ]
        terms: dict[str, Tensor] = {"reconstruction": wrong[0] + wrong[1]}
        if clouds:
            terms["coral"] = clouds * coral(features["a"], features["b"])
        if partners:
            terms["contrastive"] = partners * info_nce(features["a"], features["b"])
        if judged:
            turned: Tensor = Reversed.apply(torch.cat([features["a"], features["b"]]))  # type: ignore[no-untyped-call]
            said = self.network.judge(turned)[:, 0]
            true = torch.cat([torch.ones(len(features["a"])), torch.zeros(len(features["b"]))]).to(said)
            terms["judge"] = judged * binary_cross_entropy_with_logits(said, true)
        return terms


@dataclass(frozen=True)
class Places:
    """Patches of one place in both modalities: ``a`` and ``b``, ``(n, 1, 32, 32)``; those of a batch share a slice.

    Attributes
    ----------
    pair
        ``"head/mri-ct"`` or ``"head/mri-pet"``.
    """

    pair: str

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        rng = generator(seed, "places", number)
        scan = scanned(self.pair, TRAIN_SEEDS + int(rng.integers(budget.pool)))
        a, b = cut(scan, scattered(scan, rng, budget.batch))
        return {"a": torch.from_numpy(a[rows]), "b": torch.from_numpy(b[rows])}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """A slice of another head."""
        scan = scanned(self.pair, VAL_SEEDS)
        a, b = cut(scan, scattered(scan, generator(0, "places", "val"), 64))
        return {"a": torch.from_numpy(a), "b": torch.from_numpy(b)}


@cache
def scanned(pair: str, seed: int) -> Pair:
    """A head with five lesions, at a height that follows from its seed."""
    plane = int(generator(seed, "places", "plane").integers(*SLICES))
    for lesions in (5, 3, 1):
        try:
            return load_pair(pair, seed=seed, slice=plane, lesions=lesions)
        except ValueError:  # no room for so many
            continue
    return load_pair(pair, seed=seed, slice=plane)


def scattered(scan: Pair, rng: np.random.Generator, count: int) -> FloatArray:
    """Middles of patches inside the head, ``(count, 2)``, no two of them nearer than 8 pixels."""
    inside = truth_labels(scan) != 0
    half = SIDE // 2
    inside[:half] = inside[-half:] = False
    inside[:, :half] = inside[:, -half:] = False
    places = rng.permutation(np.argwhere(inside))
    chosen: list[FloatArray] = []
    for place in places:
        if all(np.hypot(*(place - other)) >= 8 for other in chosen):
            chosen.append(place)
        if len(chosen) == count:
            return np.array(chosen)
    raise ValueError(f"count: expected at most {len(chosen)} places in this slice, got {count}")


def truth_labels(scan: Pair) -> FloatArray:
    """What lies where, as a copy."""
    if scan.truth is None:
        raise ValueError(f"scan: expected a phantom, which knows its truth, got {scan.name!r}")
    return np.array(scan.truth.labels)


def cut(scan: Pair, middles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Patches around these middles in both modalities, ``(n, 1, 32, 32)`` each, 0.3 taken off and doubled."""
    half = SIDE // 2
    windows = [np.s_[y - half : y + half, x - half : x + half] for y, x in middles]
    a, b = (
        np.stack([2 * (image[window] - 0.3) for window in windows])[:, None].astype(np.float32)
        for image in (scan.a, scan.b)
    )
    return a, b


def encoders(training: str, pair: str, seed: int, profile: Profile | None = None) -> Callable[..., list[FloatArray]]:
    """Train; what comes back makes features ``(n, 32)`` of patches a and of patches b."""
    network = _trained(training, pair, seed, profile)

    def features(a: FloatArray, b: FloatArray) -> list[FloatArray]:
        with torch.inference_mode():
            return [x.numpy() for x in network(torch.from_numpy(a), torch.from_numpy(b))]

    return features


@cache
def _trained(training: str, pair: str, seed: int, profile: Profile | None) -> TwoEncoders:
    recipe = Recipe(
        slug=f"shared_features_{training}",
        network=TwoEncoders,
        data=Places(pair),
        phases=(Phase("features", partial(PulledTogether, weights=TERMS[training]), learning_rate=2e-3),),
        budgets={
            "smoke": Budget(steps=4, batch=16, pool=2, check_every=4),
            "lesson": Budget(steps=300, batch=64, pool=40, check_every=300),
            "ship": Budget(steps=300, batch=64, pool=40, check_every=300),
            "full": Budget(steps=20_000, batch=64, pool=400, check_every=2000),
        },
        keep="last",
    )
    network: nn.Module = train(recipe, seed=seed, profile=profile).network
    if not isinstance(network, TwoEncoders):
        raise TypeError(f"network: expected TwoEncoders, got {type(network).__name__}")
    return network.eval().cpu()
