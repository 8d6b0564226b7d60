"""Pairs that were moved by a known displacement: how far from its place b lies after each way to bring it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.profile import Profile
from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets import Pair, load_pair, misregister
from medfuse_course.datasets.misregistration import correction_field, displacement_field
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate

ARMS = ("none", "information_rigid", "information_elastic", "network", "oracle")
"""What is done: nothing; mutual information by shift and turn, and with a B-spline after it; the network; the truth."""

PAIRS = ("head/mri-ct", "head/mri-pet", "head/mri-spect", "thorax/ct-pet")
KINDS = ("shift", "turn", "smooth")
MOVED_MM = (2, 6, 12)
"""How far: of the shift; of a point 90 mm from the middle by the turn; of the largest displacement of the deformation.
The network learned from moves of up to about 8; 12 asks what happens beyond."""

FUSER = "laplacian_pyramid"
"""What fuses after each."""

SUBJECTS = (400, 401)
"""Heads and chests that are tried; no training sees them."""

ORGAN = 100
"""Pixels that a tissue of a slice must have to count in `overlap`."""

_LEVER = 90.0  # mm


@dataclass(frozen=True)
class RegistrationRow:
    """One pair of one subject, moved in one way.

    Attributes
    ----------
    arm, seed
        What was done, and the seed of the training.
    pair, subject, kind, moved_mm
        Which images, of whom, and how b was moved; ``"still"`` and 0: it was not.
    landmark_mm
        How far places where two tissues meet lie from their true ones, mean.
    folded
        Share of the body where the displacement folds.
    ssim
        Of the fused image, to the one fused from the pair as it lay before.
    """

    arm: str
    seed: int
    pair: str
    subject: int
    kind: str
    moved_mm: int
    landmark_mm: float
    folded: float
    ssim: float


@dataclass(frozen=True)
class Moved:
    """A pair whose b was moved.

    Attributes
    ----------
    pair, subject, kind, moved_mm
        As in `RegistrationRow`.
    before
        The pair as it lay.
    b
        The moved image.
    flow
        Where each pixel of a is seen in it: ``(2, H, W)`` in pixels.
    """

    pair: str
    subject: int
    kind: str
    moved_mm: int
    before: Pair
    b: Image
    flow: FloatArray


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[RegistrationRow]:
    """Train with this seed, if there is something to train, and align every pair of every subject.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches; what does not learn is the same for each.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each way to move each pair of each subject.
    """
    check_name("arm", arm, ARMS)
    network = trained(seed, profile) if arm == "network" else None
    for moved in moved_pairs():
        yield judge(arm, seed, moved, aligned(arm, moved, network))


def trained(seed: int, profile: Profile | None = None) -> Any:
    """The network of `align_then_fuse`, trained with this seed."""
    from medfuse_course.methods.remedies.align_then_fuse import RECIPE
    from medfuse_course.training import train

    return train(RECIPE, seed=seed, profile=profile).network.eval().cpu()


@cache
def moved_pairs(subjects: tuple[int, ...] = SUBJECTS) -> tuple[Moved, ...]:
    """The four pairs of these subjects, still and moved in each way."""
    made = []
    for subject in subjects:
        for pair in PAIRS:
            plane = int(generator(subject, "registration", pair).integers(18, 40))
            before = load_pair(pair, seed=subject, slice=plane, lesions=1)
            made.append(move(before, subject, "still", 0))
            made += [move(before, subject, kind, mm) for kind in KINDS for mm in MOVED_MM]
    return tuple(made)


def move(before: Pair, subject: int, kind: str, mm: int) -> Moved:
    """Move b of a pair; in which direction, which way round and with which deformation follows from the subject."""
    rng = generator(subject, "registration", before.name, kind, mm)
    angle = rng.uniform(0, 2 * np.pi)
    known: dict[str, dict[str, Any]] = {
        "still": {},
        "shift": {"shift_mm": (mm * np.sin(angle), mm * np.cos(angle))},
        "turn": {"rotation_deg": float(np.rad2deg(mm / _LEVER) * rng.choice([-1, 1]))},
        "smooth": {"deformation_mm": mm, "seed": subject},
    }
    moves = known[kind]
    spacing = before.spacing or (1.0, 1.0)
    back = correction_field(displacement_field(before.a.shape[:2], spacing, **moves), spacing)
    steps = np.array(spacing).reshape(2, 1, 1)
    return Moved(before.name, subject, kind, mm, before, misregister(before, **moves).b, back / steps)


def aligned(arm: str, moved: Moved, network: Any = None) -> FloatArray:
    """The displacement that an arm finds, ``(2, H, W)`` in pixels."""
    if arm == "none":
        return np.zeros_like(moved.flow)
    if arm == "oracle":
        return moved.flow
    if arm == "network":
        return network_flow(network, moved.before.a, moved.b)
    from medfuse_course.benchmark.experiments.registration.sceptic import register

    return register(moved.before.a, moved.b, elastic=arm == "information_elastic")


def network_flow(network: Any, a: Image, b: Image) -> FloatArray:
    """What an `align_then_fuse` network finds; sides are multiples of 32."""
    import torch

    from medfuse_course.methods.learned import as_tensor

    with torch.inference_mode():
        found: FloatArray = network.flow(as_tensor(a), as_tensor(b))[0].numpy()
    return found


def judge(arm: str, seed: int, moved: Moved, found: FloatArray) -> RegistrationRow:
    """What a displacement is worth."""
    known, spacing = moved.before.truth, moved.before.spacing or (1.0, 1.0)
    if known is None:
        raise RuntimeError(f"{moved.pair} lost its truth; please report this")
    off = np.hypot(*((found - moved.flow) * np.array(spacing).reshape(2, 1, 1)))
    a, b = moved.before.a, seen_through(moved.b, found)
    wanted = fuse(a, moved.before.b, FUSER)
    return RegistrationRow(
        arm,
        seed,
        moved.pair,
        moved.subject,
        moved.kind,
        moved.moved_mm,
        landmark_mm=float(off[landmarks(known.labels)].mean()),
        folded=share_folded(found, known.labels != 0),
        ssim=evaluate(fuse(a, b, FUSER), wanted, wanted, "ssim")["ssim"],
    )


def landmarks(labels: NDArray[np.uint8]) -> BoolArray:
    """Places inside the body where two tissues meet."""
    meets = ndimage.maximum_filter(labels, 3) != ndimage.minimum_filter(labels, 3)
    return np.asarray(meets & (labels != 0))


def overlap(labels: NDArray[np.uint8], pushed: FloatArray, found: FloatArray) -> float:
    """Mean Dice of the tissues with where they lay, after they were moved and looked at again.

    Parameters
    ----------
    labels
        ``(H, W)``; 0 is no tissue, and those of fewer than `ORGAN` pixels are left out.
    pushed
        How far the content was moved, down and right: ``(2, H, W)`` in pixels, as `displacement_field` gives it.
    found
        How far each pixel looks to see its own place again, likewise.

    Returns
    -------
    From 0 to 1.
    """
    at = np.indices(labels.shape) + found
    back = np.stack([ndimage.map_coordinates(part, at, order=1, mode="nearest") for part in pushed])
    seen = ndimage.map_coordinates(labels, at - back, order=0, mode="constant")
    tissues = [k for k in np.unique(labels) if k and (labels == k).sum() >= ORGAN]
    pairs = [(labels == k, seen == k) for k in tissues]
    return float(np.mean([2 * (x & y).sum() / (x.sum() + y.sum()) for x, y in pairs]))


def share_folded(flow: FloatArray, body: BoolArray) -> float:
    """Share of the body where ``det(1 + grad flow)`` is 0 or less, from forward differences."""
    down, right = (np.diff(flow, axis=axis)[:, : flow.shape[1] - 1, : flow.shape[2] - 1] for axis in (1, 2))
    area = (1 + down[0]) * (1 + right[1]) - right[0] * down[1]
    return float((area <= 0)[body[:-1, :-1]].mean())


def seen_through(image: Image, flow: FloatArray) -> Image:
    """``image(p + flow(p))``, linear between pixels, black outside."""
    at = np.indices(image.shape) + flow
    looked: Image = ndimage.map_coordinates(image, at, order=1, mode="constant").astype(np.float32)
    return looked
