"""Two open labs: train a fuser to a goal, and train one that its loss praises and that hides the lesions.

What is measured, on three heads with two lesions each (MRI and PET): SSIM, Qabf and the recovered contrast of the
lesions, with the air of every image replaced by that of the maximum, since in the dark SSIM is bought with a gray
level that nobody sees; and how much the air was lifted. All goals are set against the pixelwise maximum, where the
networks of the chapter begin.

The answer is a function that returns a network. A formula reaches the goals too, and has learned nothing; so a network
whose pixels look at no neighbor is refused, and one that reaches them with all that it learned taken away. The
reference answers are two networks whose numbers were set by hand.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.exercises.attempt import Attempt, Refused, refusing
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.open_lab import Goal, Lab, Values, heads, truth_of
from medfuse_course.exercises.samples import stays_in_range
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate

SSIM, QABF, LESIONS, LIFT = METRICS = ("ssim", "qabf", "lesion_contrast_recovery", "background_lift")
SSIM_GAIN, QABF_LOSS, LESION_LOSS, MOST_LIFT = 0.004, 0.06, 0.1, 0.5 / 255
"""The first lab: so much more SSIM, at most so much less of the others than the maximum, so much light in the air.

Six seeds of the chapter's solution gain 0.008 to 0.015 and lose at most 0.04 and 0.06; six of its first loss gain at
most 0.002."""
BROKEN_GAIN, BROKEN_SHARE = 0.008, 0.5
"""The second lab: so much more SSIM, and at most this share of the lesion contrast that the maximum keeps."""


def softer_maximum() -> Any:
    """A network that takes a seventeenth of what the brighter source has more away from the maximum."""
    return _by_hand(0.06, 0.06)


def hides_lesions() -> Any:
    """A network that blends 0.6 of the first source with 0.4 of the second: dark and bright lesions nearly cancel."""
    return _by_hand(0.4, 0.6)


def _by_hand(where_a: float, where_b: float) -> Any:
    """``max(A, B)`` less a share of what A has more than B, and one of what B has more, seen in 3 x 3 pixels."""
    import torch
    from torch import nn

    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.look = nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect", bias=False)
            self.write = nn.Conv2d(2, 1, 1, bias=False)

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            more: torch.Tensor = self.write(torch.relu(self.look(torch.cat([a, b], dim=1))))
            return torch.maximum(a, b) - more

    network = ByHand().eval()
    window = torch.full((3, 3), 0.01)
    window[1, 1] = 0.92
    with torch.no_grad():
        network.look.weight.copy_(torch.stack([torch.stack([window, -window]), torch.stack([-window, window])]))
        network.write.weight.copy_(torch.tensor([where_a, where_b]).view(1, 2, 1, 1))
    return network


def trained(answer: Attempt) -> Any:
    """The network that an answer returns, or is; raise `Refused` for anything else."""
    from torch import nn

    network = answer.function if isinstance(answer.function, nn.Module) else answer.call()
    if not isinstance(network, nn.Module):
        raise Refused(f"it returned {type(network).__name__}, not a network; return what train(...).network gives")
    return network


def _fused(network: Any) -> tuple[Image, ...]:
    with refusing("fuse(mri, pet, your_network)"):
        return tuple(fuse(pair.a, pair.b, network) for pair in cases())


def _run(answer: Attempt) -> tuple[Image, ...]:
    if answer.function is np.maximum:
        return tuple(np.maximum(pair.a, pair.b) for pair in cases())
    return _fused(trained(answer))


def _looks_around(answer: Attempt) -> str | None:
    """A pixel that stays as it is while all others change."""
    pair, network = cases()[0], trained(answer)
    middle = np.s_[96:160, 96:160]
    a, b = (x[middle].copy() for x in (pair.a, pair.b))
    c, d = a[::-1, ::-1].copy(), b[::-1, ::-1].copy()
    c[20, 30], d[20, 30] = a[20, 30], b[20, 30]
    change = abs(float(fuse(a, b, network)[20, 30]) - float(fuse(c, d, network)[20, 30]))
    return "a pixel does not care what is around it: that is a formula" if change < 1e-6 else None


def _learned(goals: tuple[Goal, ...]) -> Callable[[Attempt], str | None]:
    """With all learned numbers at zero some goal must be missed."""

    def test(answer: Attempt) -> str | None:
        empty = copy.deepcopy(trained(answer))
        for parameter in empty.parameters():
            parameter.data.zero_()
        try:
            reached = measure_all(_fused(empty))
        except Refused:
            return None
        if any(goal.missed(reached, LAB.known[goal.baseline]) for goal in goals):
            return None
        return "with every learned number set to zero the network reaches the goals as well"

    return test


def measure(fused: Image, pair: Pair) -> Values:
    """The lift of the image as it is, the rest with the air of the maximum."""
    truth = truth_of(pair)
    inside = np.where(truth.labels == LABELS["air"], np.maximum(pair.a, pair.b), fused)
    lift = evaluate(fused, pair.a, pair.b, LIFT, truth=truth)
    return evaluate(inside, pair.a, pair.b, METRICS[:-1], truth=truth) | lift


cases = partial(heads, "head/mri-pet", (70, 71, 72))


def measure_all(fused: Sequence[Image]) -> Values:
    """The means over the three heads."""
    rows = [measure(image, pair) for image, pair in zip(fused, cases(), strict=True)]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


LAB = Lab(_run, measure_all, {"maximum": np.maximum})

_IMAGE = stays_in_range(LAB.made, "Return floats in [0, 1]: np.clip what the network gives, no stretching.")


def _dark_air(hint: str) -> Goal:
    def gray_levels(reached: Values) -> float:
        return 255 * reached[LIFT]

    def unit(_: Values) -> str:
        return " gray levels"

    what, most = "light in the air", 255 * MOST_LIFT
    return Goal("air", what, hint, gray_levels, lambda _: most, "maximum", most=True, form=".1f", detail=unit)


def _gains(slug: str, gain: float, hint: str) -> Goal:
    return Goal(slug, "SSIM", hint, lambda x: x[SSIM], lambda known: known + gain, "maximum", form=".3f")


def _exercise(name: str, reference: str, goals: tuple[Goal, ...]) -> Exercise:
    before = (
        Property("network", lambda answer: trained(answer) and None, "Return the network that came out of training."),
        _IMAGE,
        Property("around", _looks_around, "A network sees neighborhoods: give it a convolution, and train that."),
        Property(
            "learned", _learned(goals), "Let what training found do the work: the formula alone must not suffice."
        ),
    )
    return LAB.exercise(name, f"medfuse_course.exercises.training.lab:{reference}", goals, before)


_OWN = _exercise(
    "training.lab.own_fuser",
    "softer_maximum",
    (
        _dark_air("Where both sources are dark the result must be dark: reflect the border, no zeros."),
        Goal(
            "lesions",
            "lesion contrast",
            "What is lost may be lost in the blend: stay nearer to the brighter source.",
            lambda x: x[LESIONS],
            lambda known: known - LESION_LOSS,
            "maximum",
        ),
        Goal(
            "edges",
            "Qabf",
            "A mean of the sources halves edges. Give the intensity term more weight.",
            lambda x: x[QABF],
            lambda known: known - QABF_LOSS,
            "maximum",
            form=".3f",
        ),
        _gains("ssim", SSIM_GAIN, "The maximum ignores the darker source. Pay more for SSIM."),
    ),
)

_BREAK = _exercise(
    "training.lab.break_it",
    "hides_lesions",
    (
        _dark_air("Too easy to see: a network that glows is noticed. Keep the air dark."),
        Goal(
            "hidden",
            "lesion contrast",
            "The lesions can still be seen. Which gray value lets dark and bright cancel?",
            lambda x: x[LESIONS],
            lambda known: BROKEN_SHARE * known,
            "maximum",
            most=True,
        ),
        _gains("praised", BROKEN_GAIN, "Nobody publishes what scores badly. Keep an SSIM term."),
    ),
)

EXERCISES = (_OWN, _BREAK)
