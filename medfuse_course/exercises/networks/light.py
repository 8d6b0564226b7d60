"""The channel shuffle, written by hand: ``shuffle(x, groups)`` of an array ``(C, H, W)``; and a lab on few numbers.

The lab: a network of at most 500 numbers that is ahead of the pixelwise maximum. On heads, MRI and CT, blends of the
maximum with the average or the Laplacian pyramid gain SSIM and pay for it in Qabf; the goals ask for both.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import Image
from medfuse_course.exercises.attempt import Attempt, Refused, refusing
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values, heads, truth_of
from medfuse_course.exercises.samples import differs, images, stays_in_range
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate

Channels = NDArray[Any]


def shuffle(x: Channels, groups: int) -> Channels:
    """Read the channels as `groups` rows, write them column by column."""
    return x.reshape(groups, -1, *x.shape[1:]).swapaxes(0, 1).reshape(x.shape)


def _counted(channels: int) -> Channels:
    return np.broadcast_to(np.arange(channels, dtype=np.float32)[:, None, None], (channels, 2, 3)).copy()


_IMAGES = np.stack(images("shuffle", count=12, shape=(4, 5)))


def _wants(id_: str, x: Channels, groups: int, what: str, hint: str) -> Property:
    wanted = shuffle(x, groups)

    def test(answer: Attempt) -> str | None:
        got = answer.image(x.copy(), groups)
        if id_ != "images" and not np.array_equal(got[:, 0, 0], wanted[:, 0, 0]):
            return f"{what} become {', '.join(f'{n:g}' for n in got[:, 0, 0])}"
        return differs(got, wanted, f"a value {what}")

    return Property(id_, test, hint)


def _undone(answer: Attempt) -> str | None:
    mixed = answer.image(_IMAGES.copy(), 3)
    return differs(answer.image(mixed, 4), _IMAGES, "shuffled with 3 groups, then with 4, a value of 12 channels")


def _groups_as_columns(x: Channels, groups: int) -> Channels:
    return shuffle(x, len(x) // groups)


def _no_swap(x: Channels, groups: int) -> Channels:
    return x.reshape(groups, -1, *x.shape[1:]).reshape(x.shape)


def _groups_reversed(x: Channels, groups: int) -> Channels:
    return x.reshape(groups, -1, *x.shape[1:])[::-1].reshape(x.shape)


def _pixels_too(x: Channels, groups: int) -> Channels:
    return x.reshape(groups, -1).T.reshape(x.shape)


_SHUFFLE = Exercise(
    name="networks.light.shuffle",
    kind="function",
    reference="medfuse_course.exercises.networks.light:shuffle",
    properties=(
        _wants("two", _counted(8), 2, "channels 0 to 7 in 2 groups", "After channel 0 comes the first of group 2: 4."),
        _wants("three", _counted(12), 3, "channels 0 to 11 in 3 groups", "Is the number of groups the first side?"),
        _wants("images", _IMAGES, 4, "of 12 images in 4 groups", "Channels change places; their pixels stay."),
        Property("undone", _undone, "With C / g groups the same function takes it back."),
    ),
    trials=lambda: ((_counted(12), 3), (_IMAGES, 4)),
    wrong=(
        WrongAnswer(
            "groups_as_columns", _groups_as_columns, "two",
            "That is the way back. A group is a row: reshape to (groups, C // groups) before you swap.",
        ),
        WrongAnswer("no_swap", _no_swap, "two", "Two reshapes alone change nothing. Swap the two sides in between."),
        WrongAnswer("groups_reversed", _groups_reversed, "two", "You exchanged whole groups: they still do not meet."),
        WrongAnswer("pixels_too", _pixels_too, "two", "Keep the pixels apart: (groups, C // groups, H, W)."),
    ),
)  # fmt: skip

MOST = 500
SSIM_GAIN, QABF_LOSS, LESION_LOSS = 0.018, 0.006, 0.03
METRICS = ("qabf", "ssim", "lesion_contrast_recovery")

cases = partial(heads, "head/mri-ct", (70, 71, 72))


def small_network() -> Any:
    """The student of 113 numbers, on the maximum, after two seconds of training."""
    from medfuse_course.benchmark.experiments.small_fusers import terms
    from medfuse_course.networks import PlainFuser
    from medfuse_course.training import Budget, FusionPatches, FusionStep, Phase, Recipe, train

    recipe = Recipe(
        "under_500", lambda: PlainFuser(on_maximum=True), FusionPatches(("head/mri-ct",), swap=False),
        (Phase("fuse", lambda network: FusionStep(network, terms), learning_rate=1e-2),),
        Budget(steps=200, batch=4, patch=48, check_every=200, pool=8), keep="last",
    )  # fmt: skip
    return train(recipe).network


@lru_cache(maxsize=1)
def _network(answer: Attempt) -> Any:
    """Kept for the answer in hand: several properties ask, and each time it would be trained."""
    from torch import nn

    network = answer.function if isinstance(answer.function, nn.Module) else answer.call()
    if not isinstance(network, nn.Module):
        raise Refused(f"it returned {type(network).__name__}, not a network; return what train(...).network gives")
    return network


def _run(answer: Attempt) -> tuple[Image, ...]:
    if answer.function is np.maximum:
        return tuple(np.maximum(pair.a, pair.b) for pair in cases())
    return _fused(_network(answer))


def _fused(network: Any) -> tuple[Image, ...]:
    with refusing("fuse(mri, ct, your_network)"):
        return tuple(fuse(pair.a, pair.b, network) for pair in cases())


def _measure(fused: Sequence[Image]) -> Values:
    rows = [evaluate(f, p.a, p.b, METRICS, truth=truth_of(p)) for f, p in zip(fused, cases(), strict=True)]
    return {name: float(np.mean([row[name] for row in rows])) for name in METRICS}


LAB = Lab(_run, _measure, {"maximum": np.maximum})


def _is_small(answer: Attempt) -> str | None:
    network = _network(answer)
    count = sum(x.numel() for x in (*network.parameters(), *network.buffers()))
    if count > MOST:
        return f"it holds {count} numbers, {count - MOST} more than {MOST}"
    with refusing("fuse(mri, ct, your_network)"):
        hidden = _hidden(network)
    return f"it holds {count} numbers and draws with {hidden} others" if count + hidden > MOST else None


def _hidden(network: Any) -> int:
    """Numbers that a network draws with and does not hold: weights of others, what another library computed."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    pair = cases()[0]
    shown = [torch.from_numpy(np.array(x[None, None], np.float32)) for x in (pair.a, pair.b)]
    made = [*shown, *network.parameters(), *network.buffers()]  # all stay, so that no place in memory is used twice
    known = {x.untyped_storage().data_ptr() for x in made}
    others: dict[int, Any] = {}

    class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            for x in tree_leaves((args, kwargs)):
                if isinstance(x, torch.Tensor) and (place := x.untyped_storage().data_ptr()) not in known:
                    others[place] = x
            result = func(*args, **(kwargs or {}))
            for x in tree_leaves(result):
                if isinstance(x, torch.Tensor):
                    made.append(x)
                    known.add(x.untyped_storage().data_ptr())
            return result

    with torch.no_grad():
        network(*shown)  # what it reads from files it has read now
        with Watch():  # type: ignore[no-untyped-call]
            network(*shown)
    return sum(x.numel() for x in others.values())


def _draws_with_them(answer: Attempt) -> str | None:
    """Refuse a network that reaches the goals without its numbers: by others that it hides, or by a known method."""
    import torch

    network = _network(answer)
    held = [x.data for x in (*network.parameters(), *network.buffers())]
    before = [x.clone() for x in held]
    try:
        with torch.no_grad():
            for x in held:
                x.zero_()
        without = _measure(_fused(network))
    except Refused:  # without them it fails, so they count
        return None
    finally:
        for x, known in zip(held, before, strict=True):
            x.copy_(known)
    if any(goal.missed(without, LAB.known["maximum"]) for goal in _GOALS):
        return None
    return "with all the numbers that it holds at zero it reaches the goal, too: it was not reached by training them"


_GOALS = (
    Goal(
        "edges", "Qabf", "Where does it lose edges? Begin from the maximum, and add what the layers draw.",
        lambda x: x["qabf"], lambda known: known - QABF_LOSS, "maximum", form=".3f",
    ),
    Goal(
        "lesions", "lesion contrast", "Any blend with the darker source dims lesions. What else raises SSIM?",
        lambda x: x["lesion_contrast_recovery"], lambda known: known - LESION_LOSS, "maximum",
    ),
    Goal(
        "ssim", "SSIM", "Ask for the structure of both sources in the loss, and train a little longer.",
        lambda x: x["ssim"], lambda known: known + SSIM_GAIN, "maximum", form=".3f",
    ),
)  # fmt: skip

_UNDER_500 = LAB.exercise(
    "networks.light.under_500",
    "medfuse_course.exercises.networks.light:small_network",
    _GOALS,
    (
        Property("small", _is_small, "A 3 x 3 layer of 2 to c channels has 18 c + c numbers; count before you train."),
        Property("its_own", _draws_with_them, "Let layers draw what is added, and train them; call no other method."),
        stays_in_range(LAB.made, "fuse clips what a network gives; return plain floats."),
    ),
)  # fmt: skip

EXERCISES = (_SHUFFLE, _UNDER_500)
