"""The table of lesions marked on CT and PET: where the two meet, over several trainings, and what is still confused.

Every strategy is trained on the same patches of phantoms from the same seeds, and tried on the same patients, whom no
training sees: with lesions alone, and with *mimics*, which look like a lesion in one of the modalities only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from medfuse_course.benchmark.experiments.lesion_table import (
    DENSE,
    NETWORKS,
    SHIPPED,
    SIZES,
    THRESHOLDS,
    WORLDS,
    SegmentationRow,
    segmentation_table,
)
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets import load_case
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.thorax.mimics import make_mimic_scan
from medfuse_course.datasets.thorax.scan import plane_height
from medfuse_course.methods import fuse, segment
from medfuse_course.metrics.detection import detect, overlap_by_lesion

if TYPE_CHECKING:
    from torch import nn

FUSER = "laplacian_pyramid"
"""What fuses before ``fused_first`` segments."""

PATIENTS = tuple(range(16))
"""Seeds of those who are tried."""

__all__ = ["SegmentationRow", "run", "segmentation_table"]

USES, FLEXIBLE = ("both", "ct", "pet"), ("early", "late", "middle", "attention", SHIPPED)
"""What is given, and to which strategies less than both, in the world of mimics."""

_DENSE_HU = -500.0
_FIRST_PLANE, _PLANES = 28, 24


@dataclass(frozen=True)
class TriedPatient:
    """A patient to segment.

    Attributes
    ----------
    case
        ``thorax/pet-ct-lesions``.
    masks
        ``"lesions"``, ``"benign"`` and ``"clots"``, ``(H, W)``.
    """

    case: Case
    masks: Mapping[str, BoolArray]


@cache
def tried_patient(world: str, patient: int) -> TriedPatient:
    """Scan a patient.

    Parameters
    ----------
    world
        Of `WORLDS`.
    patient
        A seed; the slice follows from it.

    Returns
    -------
    The case, and where everything is.

    Raises
    ------
    ValueError
        There is no such world.
    """
    check_name("world", world, WORLDS)
    plane = _FIRST_PLANE + 7 * patient % _PLANES
    case = load_case("thorax/pet-ct-lesions", seed=patient, slice=plane, **WORLDS[world])
    z = plane_height(plane)
    scan = make_mimic_scan(z, seed=patient, lesions=3, lesion_size=None, lesion_suv=None, **WORLDS[world])
    return TriedPatient(case, scan.masks(z))


def judge_mask(mask: BoolArray, tried: TriedPatient) -> Mapping[str, Any]:
    """What a mask is worth.

    Parameters
    ----------
    mask
        bool ``(H, W)``.
    tried
        Who was segmented.

    Returns
    -------
    From ``dice`` on, the columns of `SegmentationRow`.
    """
    truth = tried.case.target
    found, overlaps = detect(mask, truth, tried.case.spacing), overlap_by_lesion(mask, truth)
    values: dict[str, Any] = {
        "dice": float(2 * (mask & truth).sum() / (mask.sum() + truth.sum())), "invented": found.invented,
        **{kind: sum(detect(mask, tried.masks[kind]).found) for kind in ("benign", "clots")},
    }  # fmt: skip
    for size, (low, high) in SIZES.items():
        inside = [k for k, diameter in enumerate(found.diameters) if low <= diameter < high]
        values |= {
            size: len(inside),
            f"{size}_found": sum(found.found[k] for k in inside),
            f"{size}_dice": float(sum(overlaps[k] for k in inside)),
        }
    return values


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[SegmentationRow]:
    """Train a strategy, if it is one of `NETWORKS`, and try it on every patient.

    Parameters
    ----------
    arm
        Of `STRATEGIES`.
    seed
        Of weights, batches and patients of the training.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    Rows, each as soon as it is known.
    """
    network = train_strategy(arm, seed, profile) if arm in NETWORKS else None
    for world, patient in ((world, patient) for world in WORLDS for patient in PATIENTS):
        tried = tried_patient(world, patient)
        for use in USES if arm in FLEXIBLE and world == "mimics" else USES[:1]:
            yield SegmentationRow(
                arm, seed, use, world, patient, **judge_mask(_marked(arm, network, tried, use), tried)
            )


def fused_as_ct(ct: FloatArray, pet: FloatArray) -> FloatArray:
    """CT and PET fused in [0, 1], the result on the scale of the CT: what ``fused_first`` is given in its place.

    Parameters
    ----------
    ct, pet
        ``(H, W)`` in HU and in SUV.

    Returns
    -------
    ``(H, W)``: 0 of the fused image is -1000, 1 is 400.
    """
    a, b = np.clip((ct + 1000) / 1400, 0, 1), np.clip(pet / 10, 0, 1)
    return np.asarray(1400 * fuse(a.astype(np.float32), b.astype(np.float32), FUSER) - 1000, np.float32)


def train_strategy(name: str, seed: int, profile: Profile | None = None) -> "nn.Module":
    """Train one of `NETWORKS`.

    Parameters
    ----------
    name, seed
        Which, and of which seed.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    The network: its ``forward(a, b)`` gives probabilities.
    """
    from medfuse_course.methods.transformers.medfusion_transnet import RECIPE, RegionStep
    from medfuse_course.methods.transformers.meetings import MEETINGS, build_meeting
    from medfuse_course.training import LesionMasks, Phase, train

    meeting = {"fused_first": "ct", "unweighted": "attention"}.get(name, name)
    instead = fused_as_ct if name == "fused_first" else None
    step = partial(RegionStep, alpha=0, beta=0) if name == "unweighted" else RegionStep
    recipe = replace(
        RECIPE,
        network=partial(build_meeting, meeting),
        data=LesionMasks(0 if meeting in MEETINGS[:2] else 0.2, instead),
        phases=(Phase("segment", step, 1.0, RECIPE.phases[0].learning_rate),),
    )
    return train(recipe, seed=seed, profile=profile).network


def _marked(name: str, network: "nn.Module | None", tried: TriedPatient, use: str) -> BoolArray:
    ct, pet = tried.case.inputs.values()
    if name == SHIPPED:
        return segment(ct, pet, SHIPPED, use=use)
    if network is None:
        marked = segment(ct, pet, **THRESHOLDS[name])
        return marked & (ct > _DENSE_HU) if name == DENSE else marked
    from medfuse_course.methods.learned import run_network

    first = fused_as_ct(ct, pet) if name == "fused_first" else ct
    return np.asarray(run_network(network, first, pet, use=use) > 0.5)
