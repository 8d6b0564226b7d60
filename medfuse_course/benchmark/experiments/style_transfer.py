"""Two centers: a network that learned at one reads the images of the other, untouched or made alike in several ways.

One small network has two outputs: a fused image and a mask of lesions. It learns from the labeled patients of center A
and is tried on patients whom center B scanned. What is done to the images of B is the arm. No arm but ``paired`` sees a
patient in both centers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.files import data_path
from medfuse_course.core.profile import Profile
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.examinations import SCANNERS, SUV_RANGE, ideal_images, made_like, middle, seen_by
from medfuse_course.datasets.thorax.tissues import HOST
from medfuse_course.metrics.detection import detect
from medfuse_course.metrics.spots import SUSPICIOUS, TARGET_SSIM, called

if TYPE_CHECKING:
    from torch import nn

OTHER = "B low"
"""The center whose images are read: B before its PET was calibrated."""

ARMS = ("home", "untouched", "calibrated", "histogram", "resolution", "a_like_b", "cyclegan", "paired")
"""In the order of the table. ``home``: the same patients scanned at A. ``calibrated``: gain and gamma are
known from the scan of a test object, and undone. ``resolution``: spectrum, then histogram. ``a_like_b``: the other way
round, the images of A are made like those of B, and the network that reads is trained with them."""

LEARNED = ("cyclegan", "paired")
"""Arms whose translation is a network, trained with each seed."""

Change = Callable[[FloatArray], FloatArray]
"""Of an examination, ``(2, 96, 96)`` in [0, 1]."""

PATIENTS = tuple(range(300_000, 300_024))
"""Seeds of those who are tried."""


@dataclass(frozen=True)
class StyleRow:
    """One patient of B, read by one training.

    Attributes
    ----------
    arm, seed
        What was done to the images, and the seed of all trainings.
    patient
        A seed.
    dice
        Of the marked lesions; NaN of a patient who has none.
    ssim
        Structural similarity of the fused image to that of the ideal scan, over the body.
    lesion_error
        By how much the mean uptake of a lesion is off in the image that the network is given, in percent of that in the
        ideal scan, mean size; NaN without lesions.
    cycle
        Mean change of an image that goes to A and back to B, in [0, 1]; NaN where nothing goes back.
    lesions, missed, invented
        Lesions that are there; those that no marked region touches; marked regions that touch no lesion.
    erased, made_up
        In the PET that the network is given: lesions of 2.5 SUV or more in the ideal scan that have less; spots in the
        lungs that have 2.5 SUV or more without a cause in the ideal scan.
    """

    arm: str
    seed: int
    patient: int
    dice: float
    ssim: float
    lesion_error: float
    cycle: float
    lesions: int
    missed: int
    invented: int
    erased: int
    made_up: int


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[StyleRow]:
    """Train what an arm needs, and read the patients.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each of `PATIENTS`.
    """
    from medfuse_course.core.profile import current_profile

    known = profile or current_profile()
    read = reader(seed, known, alike=arm == "a_like_b")
    change, there_and_back = changes(arm, seed, known)
    for patient in PATIENTS if known != "smoke" else PATIENTS[:2]:
        given = seen_by("A" if arm == "home" else OTHER, patient).images
        made = change(given)
        cycle = float(np.abs(there_and_back(given) - given).mean()) if there_and_back else np.nan
        mask, fused = read(made)
        yield StyleRow(arm, seed, patient, cycle=cycle, **judge(made, mask, fused, patient))


def judge(given: FloatArray, mask: BoolArray, fused: FloatArray, patient: int) -> dict[str, Any]:
    """What a reading of a patient is worth, and the images that were read.

    Parameters
    ----------
    given
        ``(2, 96, 96)`` in [0, 1]: what the network saw.
    mask
        bool ``(96, 96)``: what it marked.
    fused
        ``(96, 96)`` in [0, 1].
    patient
        A seed.

    Returns
    -------
    The columns of `StyleRow` from ``dice`` on, but for ``cycle``.
    """
    case, fused_case = ideal_case(patient)
    pet = given[1] * np.float32(SUV_RANGE[1])
    found = detect(mask, case.lesions, case.spacing)
    each = _each_lesion(case)
    wanted, got = ([float(image[lesion].mean()) for lesion in each] for image in (case.target, pet))
    marked = int(mask.sum() + case.lesions.sum())
    return {
        "dice": 2 * int((mask & case.lesions).sum()) / marked if each else np.nan,
        "ssim": TARGET_SSIM.presets["course"](fused, fused_case),
        "lesion_error": float(np.mean([100 * abs(g / w - 1) for g, w in zip(got, wanted, strict=True)] or [np.nan])),
        "lesions": len(each), "missed": len(each) - sum(found.found), "invented": found.invented,
        "erased": sum(int(case.target[x].max() >= SUSPICIOUS > pet[x].max()) for x in each),
        "made_up": len(called(pet, case)),
    }  # fmt: skip


@cache
def ideal_case(patient: int) -> tuple[Case, Case]:
    """What an ideal scan of a patient shows: a case whose target is its PET in SUV, and one of the fused image."""
    seen = seen_by("A", patient)
    labels = middle(seen.patient.labels)
    pet = ideal_images(patient)[1] * np.float32(SUV_RANGE[1])
    case = Case(
        name="centers/style", task="enhancement", inputs={}, target=pet, unit="SUV", scale=SUV_RANGE[1],
        windows=(), spacing=(seen.patient.spacing,) * 2, region=labels != 0, labels=labels, lesions=seen.mask,
        host=HOST, provenance={"seed": patient},
    )  # fmt: skip
    return case, replace(case, target=seen.fused, unit="", scale=1.0)


def _each_lesion(case: Case) -> list[BoolArray]:
    numbers, count = ndimage.label(case.lesions, np.ones((3, 3), bool))
    return [np.asarray(numbers == number) for number in range(1, count + 1)]


@cache
def shipped_translations() -> dict[int, FloatArray]:
    """What CycleGAN made of some patients, of the training with seed 0 in the shipped table.

    Returns
    -------
    ``(2, 96, 96)`` in [0, 1], in steps of 1 / 255, by patient.
    """
    with np.load(data_path("benchmark", "style_translations.npz"), allow_pickle=False) as kept:
        return {int(p): image / np.float32(255) for p, image in zip(kept["patients"], kept["there"], strict=True)}


@cache
def reader(seed: int, profile: Profile, *, alike: bool = False) -> Callable[[FloatArray], tuple[BoolArray, FloatArray]]:
    """Train the network on center A.

    Parameters
    ----------
    seed, profile
        Of weights and batches; how much work.
    alike
        Whether the images of A are first made like those of B.

    Returns
    -------
    A function of an examination that gives its mask and the fused image.
    """
    import torch

    from medfuse_course.benchmark.experiments.style_recipes import READER, TAUGHT_ALIKE
    from medfuse_course.training import train

    network = train(TAUGHT_ALIKE if alike else READER, seed=seed, profile=profile).network

    def read(images: FloatArray) -> tuple[BoolArray, FloatArray]:
        with torch.inference_mode():
            made = network(torch.from_numpy(images)[None])[0].numpy()
        return np.asarray(made[0] > 0), np.clip(made[1], 0, 1)

    return read


@cache
def changes(arm: str, seed: int, profile: Profile) -> tuple[Change, Change | None]:
    """What an arm does to an examination before it is read, and, where something leads back, there and back."""
    if arm in ("home", "untouched", "a_like_b"):
        return np.asarray, None
    from medfuse_course.benchmark.experiments.style_recipes import PAIRS, TRANSLATION
    from medfuse_course.training import train

    if arm == "calibrated":
        return calibrated, None
    if arm not in LEARNED:
        return made_like(OTHER, "A", spectrum=arm == "resolution", pool=TRANSLATION.budget(profile).pool), None
    if arm == "paired":
        return _through(train(PAIRS, seed=seed, profile=profile).network), None
    whole = train(TRANSLATION, seed=seed, profile=profile).whole
    there, back = (_through(whole.get_submodule(name)) for name in ("to_b", "to_a"))
    return there, lambda images: back(there(images))


def calibrated(images: FloatArray) -> FloatArray:
    """An examination of `OTHER` whose scale of uptake is undone; it stays as blurred and as noisy as it is."""
    most = SUV_RANGE[1]
    return np.stack([images[0], np.clip(SCANNERS[OTHER].measured(most * images[1]) / most, 0, 1)])


def _through(network: "nn.Module") -> Change:
    import torch

    def change(images: FloatArray) -> FloatArray:
        with torch.inference_mode():
            made: FloatArray = network(torch.from_numpy(images)[None])[0].clamp(0, 1).numpy()
        return made

    return change
