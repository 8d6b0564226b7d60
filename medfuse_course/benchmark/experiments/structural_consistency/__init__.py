"""Structural consistency: does it keep a fusion GAN from inventing edges, and its trainings from differing?

The losses are FusionGAN's, the network is a small one (`games`), trained on heads and chests at once. Every training of
a seed begins with the same weights and sees the same patches; all are tried on the same patients, who train nothing.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray, Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.metrics import evaluate
from medfuse_course.metrics.edge_rates import find_edges

if TYPE_CHECKING:
    from medfuse_course.training import Trained

ARMS: Mapping[str, Mapping[str, Any]] = {
    "maximum": {},
    "formula": {},
    "gan_0": {"weight": 0.0},
    "gan_10": {"weight": 10.0},
    "gan_100": {"weight": 100.0},
    "full_10": {"weight": 10.0, "term": "full"},
    "full_100": {"weight": 100.0, "term": "full"},
    "alone_0": {"weight": 0.0, "judged": False},
}
"""What is compared. The number is the weight of the structure; ``full`` keeps SSIM's luminance factor; ``alone`` does
not hear the discriminator; ``formula`` is the image of smallest published content: no network."""

SOURCES = ("head/mri-pet", "thorax/ct-pet")
PATIENTS = tuple(range(20, 24))
"""Seeds of those who are tried, of each source."""

BLUR, GHOST_SHIFT, GHOST = 2.0, 12, 0.3
"""What the discriminator should notice: a blur, in pixels; a second image, so many pixels aside, of this weight."""


@dataclass(frozen=True)
class StructureRow:
    """One training, or the maximum, and one patient.

    Attributes
    ----------
    arm, seed
        Which.
    source, patient
        Who.
    hallucinated
        Share of the strong edges of the fused image that neither source has.
    missed
        Share of the strong edges of the sources that the fused image lacks.
    copied
        Share of the strong edges of the fused image that only the PET has, where no true border is: its blur as edges.
    lesions
        Contrast of the lesions, over that in the source that shows it better.
    pet_swap
        How far the fused image moves when the PET is another patient's, over how far the PET does.
    apart
        Mean difference to the fused image of the next seed's training, in gray levels of 255.
    blur_gap, ghost_gap
        How much more the discriminator gives the fused image than the same image, blurred or with a ghost.
    """

    arm: str
    seed: int
    source: str
    patient: int
    hallucinated: float
    missed: float
    copied: float
    lesions: float
    pet_swap: float
    apart: float
    blur_gap: float
    ghost_gap: float


def _formula(a: Image, b: Image) -> Image:
    """What the published content alone asks for, limited to [0, 1]."""
    from medfuse_course.methods.gan.fusiongan import best_image

    return np.clip(best_image(a, b), 0, 1).astype(np.float32)


FORMULAS: Mapping[str, Callable[[Image, Image], Image]] = {"maximum": np.maximum, "formula": _formula}


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[StructureRow]:
    """Train one arm with this seed, and with the next for `StructureRow.apart`; try both on all patients.

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
    A row for each patient.
    """
    check_name("arm", arm, ARMS)
    first, second = (_results(arm, number, profile) for number in (seed, seed + 1))
    for k, (source, patient) in enumerate((s, p) for s in SOURCES for p in PATIENTS):
        pair = tried_pair(source, patient)
        fused, swapped, gaps = first[k]
        moved = np.abs(pair.b - other_pet(source, patient)).mean()
        shown = evaluate(fused, pair.a, pair.b, "lesion_contrast_recovery", truth=pair.truth)
        yield StructureRow(
            arm, seed, source, patient, **edges_of(fused, pair),
            lesions=shown["lesion_contrast_recovery"],
            pet_swap=float(np.abs(fused - swapped).mean() / moved),
            apart=255 * float(np.abs(fused - second[k][0]).mean()),
            blur_gap=gaps[0], ghost_gap=gaps[1],
        )  # fmt: skip


def edges_of(fused: Image, pair: Pair) -> dict[str, float]:
    """Rates of edges.

    Parameters
    ----------
    fused
        ``(H, W)`` in [0, 1].
    pair
        A phantom's.

    Returns
    -------
    ``hallucinated``, ``missed`` and ``copied``, as `StructureRow` has them.
    """
    if pair.truth is None:
        raise ValueError(f"pair: expected a phantom, which knows its borders, got {pair.name!r}")
    rates = evaluate(fused, pair.a, pair.b, ["hallucinated_edges", "missed_edges"])
    strong, _ = find_edges(255 * np.asarray(fused, np.float64))
    (_, of_a), (_, of_b) = (find_edges(255 * np.asarray(x, np.float64)) for x in (pair.a, pair.b))
    known = _near(of_a) | _near(_borders(pair.truth.labels))
    copied = (strong & _near(of_b) & ~known).sum() / strong.sum() if strong.any() else math.nan
    return {
        "hallucinated": rates["hallucinated_edges"], "missed": rates["missed_edges"], "copied": float(copied)
    }  # fmt: skip


def made_up_edges(fused: Image, a: Image, b: Image) -> BoolArray:
    """Strong edges of the fused image that neither source has within a pixel: what ``hallucinated`` counts.

    Parameters
    ----------
    fused, a, b
        ``(H, W)`` in [0, 1].

    Returns
    -------
    bool ``(H, W)``.
    """
    strong, _ = find_edges(255 * np.asarray(fused, np.float64))
    of_a, of_b = (find_edges(255 * np.asarray(x, np.float64))[1] for x in (a, b))
    made_up: BoolArray = strong & ~_near(of_a | of_b)
    return made_up


@cache
def tried_pair(source: str, patient: int) -> Pair:
    """A patient whom no training sees, with two lesions.

    Parameters
    ----------
    source
        Of `SOURCES`.
    patient
        A seed; the slice follows from it.

    Returns
    -------
    The pair.
    """
    return load_pair(source, seed=patient, slice=_plane(patient), lesions=2)


@cache
def other_pet(source: str, patient: int) -> Image:
    """The PET of another patient at the same height.

    Parameters
    ----------
    source, patient
        As `tried_pair` takes them.

    Returns
    -------
    ``(H, W)``.
    """
    return load_pair(source, seed=patient + 100, slice=_plane(patient), lesions=2).b


def _plane(patient: int) -> int:
    return 18 + 4 * (patient % 6)


@lru_cache(maxsize=4)
def trained(arm: str, seed: int, profile: Profile | None = None) -> "Trained":
    """The training of an arm.

    Parameters
    ----------
    arm, seed, profile
        As `run` takes them; the maximum is not trained.

    Returns
    -------
    Generator, history, and both players as ``whole``.
    """
    import warnings

    from medfuse_course.benchmark.experiments.structural_consistency.games import game_recipe
    from medfuse_course.training import train

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a short game may end with faults; the rows measure them
        return train(game_recipe(**ARMS[arm]), seed=seed, profile=profile)


_Result = tuple[Image, Image, tuple[float, float]]


@lru_cache(maxsize=2)
def _results(arm: str, seed: int, profile: Profile | None) -> Sequence[_Result]:
    """For each patient: the fused image, that with another PET, and what the discriminator sees in blur and ghost."""
    pairs = [(tried_pair(s, p), other_pet(s, p)) for s in SOURCES for p in PATIENTS]
    if not ARMS[arm]:
        fuse = FORMULAS[arm]
        return [(fuse(p.a, p.b), fuse(p.a, other), (math.nan, math.nan)) for p, other in pairs]
    from medfuse_course.methods.learned import run_network

    players = trained(arm, seed, profile)
    results = []
    for pair, other in pairs:
        fused = run_network(players.network, pair.a, pair.b)
        results.append((fused, run_network(players.network, pair.a, other), _gaps(players.whole, fused)))
    return results


def _gaps(players: Any, fused: Image) -> tuple[float, float]:
    """How much more the discriminator gives the fused image than a blurred one, and than one with a ghost."""
    import torch

    ghost = np.clip((1 - GHOST) * fused + GHOST * np.roll(fused, GHOST_SHIFT, axis=1), 0, 1)
    images = np.stack([fused, gaussian_filter(fused, BLUR), ghost]).astype(np.float32)
    with torch.no_grad():
        said = players.discriminator(torch.from_numpy(images)[:, None]).flatten().tolist()
    return said[0] - said[1], said[0] - said[2]


def _borders(labels: NDArray[Any]) -> BoolArray:
    """Pixels beside another label, to the right or below."""
    border = np.zeros(labels.shape, bool)
    border[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    border[:-1] |= labels[:-1] != labels[1:]
    return border


def _near(mask: BoolArray | FloatArray) -> BoolArray:
    near: BoolArray = binary_dilation(mask, np.ones((3, 3), bool))
    return near
