"""The table of a CT beside a low-dose PET: what it changes over several trainings, and what a wrong one does.

Networks are trained in pairs, with and without the channel of the CT, from one seed on the same patches of PET. Each is
tried on the same patients, whom no training sees; a network with the channel is given the right CT, and wrong ones. A
wrong CT is wrong for the network alone: the scan that it enhances was corrected for attenuation with the right one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import load_case
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import plane_height
from medfuse_course.metrics import score
from medfuse_course.metrics.spots import SUSPICIOUS

NETWORKS = ("lowdose_l1", "lowdose_gan")
"""What is trained."""

CTS = ("right", "shifted", "breath")
"""What a network with the channel is given: the CT of the plane; the same, `SHIFT` pixels to the side; the CT of the
plane `BREATH_MM` higher, where the chest stands after another breath."""

SHIFT, BREATH_MM = 6, 12.0

PATIENTS = tuple(range(12))
"""Seeds of those who are tried: the ones of the other table of low doses."""

LESIONS: Mapping[str, Mapping[str, Any]] = {
    "usual": {"lesions": 3},
    "faint": {"lesions": 4, "lesion_size": 12.0, "lesion_suv": 5.0},
    "cold": {"lesions": 4, "lesion_size": 12.0, "lesion_suv": 0.8},
}
"""What patients have in their lungs: lesions of all sizes and uptakes, or ones that are hard to see, or nodules that a
CT shows and that take up as little as muscle does."""

TRIED = (("usual", 0.1), ("usual", 0.05), ("faint", 0.05), ("cold", 0.05))
"""Lesions and dose."""


@dataclass(frozen=True)
class CtRow:
    """One patient, enhanced by one training.

    Attributes
    ----------
    network, seed
        The training.
    ct
        Which of `CTS` it was given; ``"none"``: trained without, given none.
    lesions, dose, patient
        The scan.
    psnr, ssim
        To the scan without noise, in dB and in [-1, 1].
    suv_bias
        Of the mean uptake of the lesions, in percent.
    contrast
        Of the lesions over the true one; NaN of cold nodules, which have hardly any.
    erased
        Of 100 lesions that reach 2.5 SUV in truth; NaN where none does.
    made_up
        Spots of 2.5 SUV that nothing explains, for 100 lesions; of cold nodules, those of 100 that reach it.
    """

    network: str
    seed: int
    ct: str
    lesions: str
    dose: float
    patient: int
    psnr: float
    ssim: float
    suv_bias: float
    contrast: float
    erased: float
    made_up: float


@dataclass(frozen=True)
class TriedScan:
    """A scan to enhance, with the CTs that may stand beside it.

    Attributes
    ----------
    lesions, dose, patient
        Which.
    case
        ``thorax/low-dose-pet``, three slices.
    cts
        ``(H, W)`` in HU by their names in `CTS`.
    """

    lesions: str
    dose: float
    patient: int
    case: Case
    cts: Mapping[str, FloatArray]


@cache
def tried_scan(lesions: str, dose: float, patient: int) -> TriedScan:
    """Scan a patient.

    Parameters
    ----------
    lesions
        Of `LESIONS`.
    dose
        Share of the counts.
    patient
        A seed.

    Returns
    -------
    The scan and its CTs.

    Raises
    ------
    ValueError
        There are no such lesions, or there is no such dose.
    """
    check_name("lesions", lesions, LESIONS)
    case = load_case("thorax/low-dose-pet", seed=patient, dose=dose, neighbors=1, **LESIONS[lesions])
    return TriedScan(lesions, dose, patient, case, _cts(lesions, patient, plane_height(case.provenance["slice"])))


def judge(made: Image, scan: TriedScan) -> Mapping[str, float]:
    """What an image is worth.

    Parameters
    ----------
    made
        ``(H, W)`` in SUV.
    scan
        From which it was made.

    Returns
    -------
    ``psnr``, ``ssim``, ``suv_bias``, ``contrast``, ``erased`` and ``made_up``, as `CtRow` has them.
    """
    wanted = {"psnr": "target_psnr", "ssim": "target_ssim", "suv_bias": "suv_mean_bias"}
    if scan.lesions != "cold":
        wanted |= {"contrast": "target_contrast_recovery", "made_up": "hallucinated_lesions"}
        numbers, count = ndimage.label(scan.case.lesions)
        if max(ndimage.maximum(scan.case.target, numbers, range(1, count + 1))) >= SUSPICIOUS:
            wanted["erased"] = "erased_lesions"
    found = score(made, scan.case, wanted.values())
    values = dict.fromkeys(("psnr", "ssim", "suv_bias", "contrast", "erased", "made_up"), float("nan"))
    values |= {name: found[slug] for name, slug in wanted.items()}
    if scan.lesions == "cold":
        values["made_up"] = _called_hot(made, scan.case)
    return values


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[CtRow]:
    """Train a network twice, without and with the channel of the CT, and try both on every patient.

    Parameters
    ----------
    arm
        Of `NETWORKS`.
    seed
        Of weights, batches and patients of the training.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    Rows, each as soon as it is known.
    """
    return (row for with_ct in (False, True) for row in _tried(arm, seed, with_ct, profile))


@cache
def _cts(lesions: str, patient: int, z: float) -> Mapping[str, FloatArray]:
    chosen = {"lesion_size": None, "lesion_suv": None} | dict(LESIONS[lesions])
    scan = make_scan(heights=(z,), seed=patient, **chosen)
    right = scan.image("CT", z)
    return {"right": right, "shifted": np.roll(right, SHIFT, axis=1), "breath": scan.image("CT", z + BREATH_MM)}


def _called_hot(made: Image, case: Case) -> float:
    """Of 100 nodules, those that a reader would call a lesion."""
    numbers, count = ndimage.label(case.lesions)
    return 100 * float(np.mean([made[numbers == n].max() >= SUSPICIOUS for n in range(1, count + 1)]))


def _tried(name: str, seed: int, with_ct: bool, profile: Profile | None) -> Iterator[CtRow]:
    from medfuse_course.methods.gan import lowdose_gan, lowdose_l1
    from medfuse_course.methods.learned import run_network
    from medfuse_course.training import LowDosePatches, train

    recipe = {"lowdose_l1": lowdose_l1.RECIPE, "lowdose_gan": lowdose_gan.RECIPE}[name]
    recipe = replace(recipe, network=partial(recipe.network, ct=with_ct), data=LowDosePatches(ct=with_ct))
    network = train(recipe, seed=seed, profile=profile).network
    for (lesions, dose), patient in ((tried, patient) for tried in TRIED for patient in PATIENTS):
        scan = tried_scan(lesions, dose, patient)
        (pet,) = scan.case.inputs.values()
        for ct in CTS if with_ct else ("none",):
            made = run_network(network, pet, *([scan.cts[ct]] if with_ct else []))
            yield CtRow(name, seed, ct, lesions, dose, patient, **judge(made, scan))
