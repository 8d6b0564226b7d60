"""Distillation: does a student of 113 numbers learn more from a teacher than from as much training of its own?

The student is MMDRFuse's: two convolutions. The teacher is a network of 21,433 numbers, trained here with the same loss
on the same heads, once for each seed. ``long`` is the control: the student alone, trained for nearly as long as teacher
and student together. ``readable`` has another teacher, the course's best network, which was trained for half an hour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from medfuse_course.benchmark.experiments.small_fusers import quality, quality_of, recipe, terms
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.methods import fuse, get_method

STUDENT, LARGER = (4,), (8, 8)
"""Channels of the hidden layers: 113 numbers, and 809."""

SHORT, LONG = 80, 280
"""Steps of a student; and of the control."""

DUE = 4.0
"""Teacher and taught student together take as long as so many times `SHORT` steps of a student alone: measured once, on
one thread, when the table was made; with features 4.2. The control got 3.5: less than its due."""

TEACHER_STEPS, TEACHER_WIDTH = 50, 24
OUTPUT, FEATURE = 5.0, 1.0
"""Weights of the terms that look at the teacher; that of the output is MMDRFuse's."""

RULES = ("maximum", "laplacian_pyramid", "readable_fusion")
ARMS: Mapping[str, tuple[tuple[int, ...], int, str]] = {
    **dict.fromkeys(RULES, ((), 0, "")),
    "teacher": ((), TEACHER_STEPS, ""),
    "alone": (STUDENT, SHORT, ""),
    "long": (STUDENT, LONG, ""),
    "output": (STUDENT, SHORT, "output"),
    "feature": (STUDENT, SHORT, "feature"),
    "readable": (STUDENT, SHORT, "readable"),
    "on_maximum": (STUDENT, SHORT, ""),
    "larger: long": (LARGER, LONG, ""),
    "larger: output": (LARGER, SHORT, "output"),
}
"""Hidden channels, steps, and what of which teacher is looked at. ``on_maximum`` adds what the student draws to the
maximum, as the teacher does."""


@dataclass(frozen=True)
class StudentRow:
    """One training, tried on all heads.

    Attributes
    ----------
    arm, seed
        Which.
    parameters
        How many.
    qabf, ssim, lesions
        As `small_fusers.Quality` has them.
    """

    arm: str
    seed: int
    parameters: int
    qabf: float
    ssim: float
    lesions: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[StudentRow]:
    """Train one arm, and its teacher if it has one, and try it.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches, the teacher's as well.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    One row.
    """
    from medfuse_course.networks import count_parameters

    check_name("arm", arm, ARMS)
    if arm in RULES:
        yield StudentRow(arm, seed, 0, **asdict(quality(_rule(arm))))
        return
    network = teacher(seed, profile) if arm == "teacher" else student(arm, seed, profile)
    yield StudentRow(arm, seed, count_parameters(network, trained_only=False), **asdict(quality_of(network)))


def _rule(arm: str) -> Any:
    if arm == "maximum":
        return np.maximum
    options: dict[str, Any] = {"readability": 0.0} if arm == "readable_fusion" else {}
    return lambda a, b: fuse(a, b, arm, **options)


@lru_cache(maxsize=8)
def teacher(seed: int, profile: Profile | None = None) -> Any:
    """The teacher of a seed.

    Parameters
    ----------
    seed, profile
        As `run` takes them.

    Returns
    -------
    A `networks.LightFuser` of plain blocks.
    """
    from medfuse_course.networks.light import LightFuser
    from medfuse_course.training import train

    made = recipe(lambda: LightFuser("plain", TEACHER_WIDTH), TEACHER_STEPS)
    return train(made, seed=seed, profile=profile).network.requires_grad_(False)


def student(arm: str, seed: int, profile: Profile | None = None) -> Any:
    """The student of an arm.

    Parameters
    ----------
    arm, seed, profile
        As `run` takes them.

    Returns
    -------
    A `networks.PlainFuser`.
    """
    from medfuse_course.networks.light import PlainFuser
    from medfuse_course.training import train

    widths, steps, of = ARMS[arm]
    step = None
    if of == "readable":
        from medfuse_course.methods.weights import load_network

        best = load_network(get_method("readable_fusion"))
        step = _taught("output", lambda a, b: best(a, b, readability=0.0))
    elif of:
        step = _taught(of, teacher(seed, profile))
    made = recipe(lambda: PlainFuser(widths, on_maximum=arm == "on_maximum"), steps, step=step, rate=1e-2)
    return train(made, seed=seed, profile=profile).network


def _taught(of: str, teacher: Any) -> Any:
    """A step that looks at a teacher's image, or at its last features through a 1x1 convolution that learns, too."""
    import torch
    from torch import nn

    from medfuse_course.training import Batch, Losses, LossStep

    class Taught(LossStep[nn.Module]):
        def __init__(self, network: Any) -> None:
            learned = list(network.parameters())
            if of == "feature":
                self.reader = nn.Conv2d(network.widths[-1], TEACHER_WIDTH, 1)
                learned += self.reader.parameters()
            super().__init__(network, learned)

        def losses(self, batch: Batch) -> Losses:
            a, b = batch["a"], batch["b"]
            known: Any = self.network
            seen = known.features(a, b)
            fused = known.draw(seen, a, b)
            with torch.no_grad():
                wanted = teacher.features(a, b) if of == "feature" else teacher(a, b)
            if of == "feature":
                return {**terms(fused, a, b), of: FEATURE * (self.reader(seen) - wanted).square().mean()}
            return {**terms(fused, a, b), of: OUTPUT * (fused - wanted).abs().mean()}

    return Taught
