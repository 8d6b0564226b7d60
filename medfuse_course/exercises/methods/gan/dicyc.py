"""What a made CT is evidence of, and an open lab: bring a CT that a translation moved back to the place of its MRI.

The lab's answer gets an MRI and the CT of its plane, enlarged, turned and shifted by amounts that it does not know, and
returns the CT in the place of the MRI. A metal clip that no MRI shows tells whether it was the CT that was moved.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Lab, Values

CASES = (
    (60, 24, 1.20, -6, (8, -10)),
    (61, 30, 0.84, 5, (-12, 6)),
    (62, 36, 1.12, 8, (5, 14)),
    (63, 28, 0.9, -8, (-4, -12)),
)
"""Head, plane, stretch, turn in degrees, shift in mm."""
DEEP, RADIUS = 35.0, 4.0
"""How far from the middle of the head the clip lies, and how large it is, in mm."""
CLIP_MM, APART_MM = 1.5, 3.0
"""The goals, in the worst of the cases. A descent on mutual information reaches 0.8 and 2.3; on squared differences 2.9
and 4.8, on absolute ones 2.3 and 4.0, on the squared correlation 2.7 and 4.2; centers and areas 5.2 and 3.1, with the
turn of the main axes the clip 3.1. What does not depend on gray levels is as good: squares on outlines reach 0.9 and
1.8, and against a CT that the library made from pairs 1.3 and 1.4."""


class Moved(NamedTuple):
    """A head of the lab: MRI, its true CT and the moved one in [0, 1], middle of the head, place of the clip."""

    mri: Image
    true: Image
    ct: Image
    center: tuple[float, float]
    clip: FloatArray


def moved_head(
    seed: int = 3, plane: int = 30, stretch: float = 1.08, turn: float = 0, shift: tuple[float, float] = (0, 0)
) -> Moved:
    """A head with a clip, whose CT was moved; the case of the page as it is."""
    from medfuse_course.datasets import load_pair
    from medfuse_course.datasets.misregistration import misregister

    pair = load_pair("head/mri-ct", seed=seed, slice=plane, window_b="hu:500,3000")
    if pair.truth is None:
        raise RuntimeError("the head phantom lost its truth; please report this")
    center = np.argwhere(pair.truth.labels != 0).mean(axis=0)
    angle = generator(seed, "exercises", "clip").uniform(0, 2 * np.pi)
    clip = center + DEEP * np.array([np.sin(angle), np.cos(angle)])
    away = np.hypot(*(np.indices(pair.b.shape) - clip[:, None, None]))
    true = np.where(away < RADIUS, 1, pair.b).astype(np.float32)
    ct = misregister(true, stretch=stretch, rotation_deg=turn, shift_mm=shift)
    return Moved(pair.a, true, ct, (float(center[0]), float(center[1])), clip)


def how_far(image: FloatArray, head: Moved) -> Values:
    """Distance of surface and skull, and of the clip, from the true ones, in mm; infinite where they are not found."""
    from medfuse_course.benchmark.experiments.alignment import BONE, SURFACE
    from medfuse_course.datasets import parse_window
    from medfuse_course.metrics import landmark_error

    hu = parse_window("hu:500,3000").undo
    apart = landmark_error(hu(image), hu(head.true), head.center, surface=SURFACE, bone=BONE)
    places = np.indices(image.shape)
    inside = np.hypot(*(places - np.array(head.center)[:, None, None])) < DEEP + 25
    weight = np.clip(image - 0.6, 0, None) * inside
    if weight.sum() < 1:
        return {"clip": np.inf, "apart": np.inf if np.isnan(apart) else apart}
    found = (places * weight).sum(axis=(1, 2)) / weight.sum()
    return {"clip": float(np.hypot(*(found - head.clip))), "apart": np.inf if np.isnan(apart) else apart}


def as_it_is(mri: Image, ct: Image) -> Image:
    """What the lab starts from: nothing is moved."""
    return ct


def by_information(mri: Image, ct: Image) -> Image:
    """Size, turn and shift for which MRI and CT say most of each other, by descent on images of 4 mm."""
    import torch
    from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

    from medfuse_course.losses.information import information_lost

    def sampled(image: Any, moves: Any) -> Any:
        size, turn, across, down = moves
        rows = (
            (size.exp() * turn.cos(), -size.exp() * turn.sin(), across),
            (size.exp() * turn.sin(), size.exp() * turn.cos(), down),
        )
        where = torch.stack([torch.stack(row) for row in rows])[None]
        return grid_sample(image, affine_grid(where, list(image.shape), align_corners=False), align_corners=False)

    still, moving = (torch.from_numpy(np.array(image, np.float32))[None, None] for image in (mri, ct))
    moves = torch.zeros(4, requires_grad=True)
    optimizer = torch.optim.Adam([moves], lr=0.01)
    for _ in range(150):
        loss = information_lost(sampled(avg_pool2d(moving, 4), moves), avg_pool2d(still, 4), bins=16)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    back: Image = sampled(moving, moves.detach())[0, 0].numpy()
    return back


@cache
def _heads() -> tuple[Moved, ...]:
    return tuple(moved_head(*case) for case in CASES)


def _run(answer: Attempt) -> list[FloatArray]:
    return [answer.image(head.mri, head.ct) for head in _heads()]


def _measure(images: list[FloatArray]) -> Values:
    """The worst case by each number."""
    rows = [how_far(image, head) for image, head in zip(images, _heads(), strict=True)]
    return {name: max(row[name] for row in rows) for name in ("clip", "apart")}


LAB = Lab(_run, _measure, {"as it is": as_it_is})


def _in_place(answer: Attempt) -> str | None:
    """A CT that already lies right stays."""
    head = moved_head(64, stretch=1.0)
    far = how_far(answer.image(head.mri, head.ct), head)
    if far["clip"] <= CLIP_MM and far["apart"] <= APART_MM:
        return None
    if not np.isfinite(far["clip"] + far["apart"]):
        return "what came back shows no head with a clip"
    return f"a CT that lay right is moved: the clip by {far['clip']:.1f} mm, landmarks by {far['apart']:.1f} mm"


_GOALS = (
    Goal(
        "clip",
        "clip (mm)",
        "Size, turn and shift: does your movement have all three? What tells you, without the truth, that it is right?",
        lambda x: x["clip"],
        lambda _: CLIP_MM,
        "as it is",
        most=True,
        form=".1f",
    ),
    Goal(
        "apart",
        "landmarks (mm)",
        "The clip lies right and the skull does not: is the size right? Was the image smoothed on the way?",
        lambda x: x["apart"],
        lambda _: APART_MM,
        "as it is",
        most=True,
        form=".1f",
    ),
)

EXERCISES = (
    Exercise(
        name="methods.gan.dicyc.evidence",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer("a", "a", "choice", "What did the network get of this patient? Not one CT number."),
            WrongAnswer("c", "c", "choice", "What comes back right on the way back may be wrong on the way there."),
            WrongAnswer("d", "d", "choice", "Landmarks of skin and skull say where the head lies, not what is in it."),
        ),
    ),
    LAB.exercise(
        name="methods.gan.dicyc.mend",
        reference="medfuse_course.exercises.methods.gan.dicyc:by_information",
        before=(
            Property(
                "in-place",
                _in_place,
                "Return the CT that came in, not another image. Is your measure at its best where the two lie right?",
            ),
        ),
        goals=_GOALS,
    ),
)
