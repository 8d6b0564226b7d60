"""A fuser for any number of sources, how many numbers IFCNN learns, and why a network of focus lets little PET through.

The fuser is a network with its loss and its step: ``forward(*images)`` sees each image by the same layers, takes the
largest of each feature and draws; ``loss(fused, sharp)`` is ``mean d^2 + mean (d_down)^2 + mean (d_right)^2`` of ``d =
fused - sharp`` and its differences of neighbors; ``step(optimizer, a, b, sharp)`` descends once.
"""

from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.random import generator
from medfuse_course.datasets import load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.module_attempt import made, output
from medfuse_course.exercises.own_module import Task, descends

PATCHES, KEPT, ROWS, SIDE = 160, 40, 8, 24
"""Pairs of patches, those that training never sees, those of a batch, and their height and width."""
GOAL = 0.5
"""The error may be at most such a share of the one that a single gray for all pixels makes."""


def any_number(**changed: Any) -> Any:
    """A network: two layers see, the maximum fuses, two layers draw; methods may be changed."""
    from torch import nn

    class AnyNumber(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.see = nn.Sequential(_layer(1, 16), nn.ReLU(), _layer(16, 16))
            self.draw = nn.Sequential(_layer(16, 16), nn.ReLU(), _layer(16, 1))

        def forward(self, *images: Any) -> Any:
            import torch

            return self.draw(reduce(torch.maximum, map(self.see, images)))

        def loss(self, fused: Any, sharp: Any) -> Any:
            return _with_differences(fused, sharp)

        step = descends("zbs")

    return type("AnyNumber", (AnyNumber,), changed)()


def _layer(inputs: int, outputs: int) -> Any:
    from torch import nn

    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def _with_differences(fused: Any, sharp: Any) -> Any:
    d = fused - sharp
    return (d**2).mean() + (d.diff(dim=2) ** 2).mean() + (d.diff(dim=3) ** 2).mean()


@cache
def _cases() -> tuple[Any, ...]:
    """Pairs in focus in one half each, and the sharp image, ``(160, 1, 24, 24)`` each."""
    rng, rows = generator(0, "exercises", "any number"), list[Any]()
    pairs = [load_pair("head/mri-ct", seed=80, lesions=2), load_pair("head/mri-pet", seed=81, lesions=2)]
    scans = [(x, ndimage.gaussian_filter(x, 3)) for x in (pairs[0].a, pairs[0].b, pairs[1].b)]
    while len(rows) < PATCHES:
        image, soft = scans[rng.integers(3)]
        top, left = (int(rng.integers(n - SIDE)) for n in image.shape)
        window = np.s_[top : top + SIDE, left : left + SIDE]
        if image[window].std() > 0.05:
            half = (np.indices((SIDE, SIDE))[rng.integers(2)] < SIDE // 2) ^ bool(rng.integers(2))
            x, y = image[window], soft[window]
            rows.append((np.where(half, x, y), np.where(half, y, x), x))
    return tuple(np.stack(column)[:, None] for column in zip(*rows, strict=True))


def _rows(rows: Any) -> tuple[Any, ...]:
    import torch

    return tuple(torch.from_numpy(x[rows]) for x in _cases())


def _batch(number: int) -> tuple[Any, ...]:
    return _rows(np.arange(number * ROWS, (number + 1) * ROWS) % (PATCHES - KEPT))


def _samples() -> tuple[tuple[Any, Any], ...]:
    import torch

    corner = torch.tensor([[0.0, 1.0], [2.0, 2.0]]).view(1, 1, 2, 2)
    flat = torch.full((1, 1, 2, 2), 0.5)
    ramp = torch.linspace(0, 1, 40).view(2, 1, 4, 5)
    return (corner, torch.zeros_like(corner)), (flat, 0 * flat), (ramp, 1 - ramp**2)


def _drawn_well(network: Any) -> tuple[bool, str]:
    a, b, sharp = _rows(np.arange(PATCHES - KEPT, PATCHES))
    error = 255 * float((output(network, a, b, shape=tuple(a.shape)) - sharp).square().mean().sqrt())
    wanted = GOAL * 255 * float(sharp.std())
    return error <= wanted, f"the error is {error:.0f} gray levels, wanted is at most {wanted:.0f}"


def _fused(answer: Attempt, *orders: str) -> list[Any]:
    """What a fresh network makes of the sources a, b and c in these orders."""
    network = made(answer).eval()
    images = dict(zip("abc", _rows(np.arange(3)), strict=True)) | {"c": _rows(np.arange(3, 6))[0]}
    images |= {"h": images["a"].maximum(images["b"]), "l": images["a"].minimum(images["b"])}
    return [output(network, *(images[x] for x in order), shape=(3, 1, SIDE, SIDE)) for order in orders]


def _apart(one: Any, other: Any) -> bool:
    return bool((one - other).abs().max() > 1e-5 * max(1.0, float(one.abs().max())))


def _any_number(answer: Attempt) -> str | None:
    _fused(answer, "ab", "a", "abc")
    narrow = [x[..., : SIDE - 8] for x in _rows(np.arange(3))[:2]]
    output(made(answer).eval(), *narrow, shape=(3, 1, SIDE, SIDE - 8))
    return None


def _any_order(answer: Attempt) -> str | None:
    one, two, three = _fused(answer, "abc", "bca", "cba")
    return "three sources in another order give another image" if _apart(one, two) or _apart(one, three) else None


def _twice(answer: Attempt) -> str | None:
    once, twice = _fused(answer, "ab", "aba")
    return "a source that is given twice changes the image" if _apart(once, twice) else None


def _features(answer: Attempt) -> str | None:
    """The larger and the smaller pixels of a and b have the same maximum as a and b; a network at 0 says nothing."""
    one, other, alone = _fused(answer, "ab", "hl", "a")
    same = not _apart(one, other) and _apart(one, alone)
    return "it sees nothing of the sources but the larger pixel" if same else None


def _drawn_once(answer: Attempt) -> str | None:
    fused, a, b = _fused(answer, "ab", "a", "b")
    late = not _apart(fused, a.maximum(b)) and _apart(fused, a)
    return "of two sources it gives the larger pixel of what it draws from each" if late else None


def _first_and_second(self: Any, a: Any, b: Any) -> Any:
    return self.draw((self.see(a) + 2 * self.see(b)) / 3)


def _mean_of_features(self: Any, *images: Any) -> Any:
    return self.draw(sum(map(self.see, images)) / len(images))


def _larger_pixel(self: Any, *images: Any) -> Any:
    import torch

    return self.draw(self.see(reduce(torch.maximum, images)))


def _number_after(self: Any, optimizer: Any, *batch: Any) -> float:
    descends("zbs")(self, optimizer, *batch)
    *images, sharp = batch
    return float(self.loss(self(*images), sharp).item())


def _toward_a_source(self: Any, optimizer: Any, a: Any, b: Any, sharp: Any) -> float:
    return descends("zbs")(self, optimizer, a, b, a)


def _with(**changed: Any) -> Callable[[], Any]:
    return lambda: any_number(**changed)


_ANY_NUMBER = Task(_batch, _with_differences, _samples, 40, 4e-3, _drawn_well).exercise(
    name="methods.cnn.ifcnn.any_number",
    reference="medfuse_course.exercises.methods.cnn.ifcnn:any_number",
    network=(
        Property(
            "sources",
            _any_number,
            "With forward(self, *images) images is a tuple of any length. Return (N, 1, H, W), for any H and W.",
        ),
        Property("order", _any_order, "The same layers for each image, and a rule that does not depend on the order."),
        Property("twice", _twice, "Of two equal features the larger one is that feature. Which rule is asked for?"),
        Property("features", _features, "Let the layers see each image for itself. The maximum comes behind them."),
        Property(
            "drawn-once", _drawn_once, "The maximum stands before the layers that draw. They draw one image only."
        ),
    ),
    wrong=(
        WrongAnswer(
            "two_sources_only",
            _with(forward=_first_and_second),
            "sources",
            "Your forward takes two images. With *images it takes any number of them.",
        ),
        WrongAnswer(
            "mean_of_features",
            _with(forward=_mean_of_features),
            "twice",
            "In a mean or a sum a source counts as often as it comes. Take the maximum of the features.",
        ),
        WrongAnswer(
            "maximum_of_pixels",
            _with(forward=_larger_pixel),
            "features",
            "You fuse pixels, and the network sees one image only. Fuse what it has seen of each.",
        ),
        WrongAnswer(
            "forgot_the_differences",
            _with(loss=lambda self, fused, sharp: ((fused - sharp) ** 2).mean()),
            "loss",
            "The first of three terms. The other two compare neighbors: diff along the rows and along the columns.",
        ),
        WrongAnswer(
            "magnitudes",
            _with(loss=lambda self, fused, sharp: _magnitudes(fused - sharp)),
            "loss",
            "Those are magnitudes. Here each term is a mean of squares.",
        ),
        WrongAnswer(
            "summed_loss",
            _with(loss=lambda self, fused, sharp: _with_differences(fused, sharp) * fused.numel()),
            "loss",
            "Sums grow with the size of the images: each term is a mean.",
        ),
        WrongAnswer(
            "slopes_added_up",
            _with(step=descends("bs")),
            "forgets",
            "Nobody empties the slopes, so each step repeats all steps before it: optimizer.zero_grad().",
        ),
        WrongAnswer(
            "never_stepped",
            _with(step=descends("zb")),
            "moves",
            "The slopes are computed, but not used: optimizer.step() is missing, or comes when they are empty.",
        ),
        WrongAnswer(
            "toward_a_source",
            _with(step=_toward_a_source),
            "downhill",
            "Your step compares the fused image with a source. The answer to reach is the sharp image.",
        ),
        WrongAnswer(
            "loss_after_the_step",
            _with(step=_number_after),
            "number",
            "That is the loss after the step. Take the number that you called backward() on.",
        ),
    ),
)


def _magnitudes(d: Any) -> Any:
    return d.abs().mean() + d.diff(dim=2).abs().mean() + d.diff(dim=3).abs().mean()


_NUMBERS = Exercise(
    name="methods.cnn.ifcnn.numbers_trained",
    kind="number",
    reference=74_179,
    wrong=(
        WrongAnswer(
            "first_layer_too", 83_587, "value", "You counted the first layer. It is frozen: nothing is learned."
        ),
        WrongAnswer(
            "forgot_the_normalization",
            73_923,
            "value",
            "The kernels are right. Each block normalizes: scale and shift.",
        ),
        WrongAnswer(
            "running_statistics",
            74_435,
            "value",
            "Means and variances are stored with the weights, but counted along the way, not learned by descent.",
        ),
        WrongAnswer(
            "biases_in_the_blocks", 74_307, "value", "The blocks' convolutions have no bias: the shift does it."
        ),
        WrongAnswer("forgot_the_last_bias", 74_176, "value", "Almost. The last layer does have a bias, one an output."),
    ),
)

_ROUGH = Exercise(
    name="methods.cnn.ifcnn.rough_beats_smooth",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "Then the maximum would let more through as well. Look at its column again."),
        WrongAnswer("c", "c", "choice", "It was trained on focus. Nobody ever showed it a pair of modalities."),
        WrongAnswer("d", "d", "choice", "Half would be 50 %. Look how far below that the column is."),
    ),
)

EXERCISES = (_ANY_NUMBER, _NUMBERS, _ROUGH)
