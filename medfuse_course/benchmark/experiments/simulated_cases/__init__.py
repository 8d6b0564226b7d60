"""Simulated cases before real ones: what a right simulator of a center is worth, and what a wrong one costs.

A center has few low-dose pairs: a network learns to make the full dose of the low one. A simulator of its scanner makes
as many pairs as one likes, and knows the image without noise. All are tried on the same patients of the center, against
the image without noise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import mean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medfuse_course.benchmark.experiments.simulated_cases.filters import (
    SHARES,
    Denoiser,
    Equations,
    blended,
    equations_of,
    filter_bank,
    gaussian,
    least_squares,
    solved,
    trust,
    tuned_gaussian,
    untouched,
    weighted,
)  # fmt: skip
from medfuse_course.core.profile import Profile, check_profile, current_profile
from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name, lookup
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.pet_scanner import Chest, PetPair, PetScanner, draw_chest, paint_noise

__all__ = [
    "ARMS", "CENTER", "DOSE", "NETWORKS", "REAL", "SHARES", "SIMULATED", "SIMULATORS", "TRIED", "Denoiser", "Equations",
    "SimulatedRow", "Simulator", "blended", "chest", "equations_of", "equivalent_cases", "error_in", "filter_bank",
    "gaussian", "judge", "least_squares", "real_pairs", "run", "simulate", "simulated_pairs", "solved", "tried_scans",
    "trust", "tuned_gaussian", "untouched", "weighted",
]  # fmt: skip

CENTER = PetScanner()
"""The center whose patients are real here."""

DOSE = 0.1
"""Share of the counts that the network is given."""

REAL = (2, 4, 8, 16)
"""How many real pairs there may be."""

SIMULATED = 64
"""Pairs that a simulator makes: two examinations each of 32 bodies."""

TRIED = tuple(range(500, 516))
"""Seeds of the patients on whom all is tried."""

_BESIDE_WRONG = (4,)
_REAL_SEEDS, _BODIES = range(400_000, 400_032), range(500_000, 500_000 + SIMULATED // 2)


class Simulator(NamedTuple):
    """What somebody believes of the center.

    Attributes
    ----------
    scanner
        The scanner that is believed in.
    lesions
        Whether its patients have any.
    painted
        Whether the low dose is the picture without noise plus Gaussian noise of the right strength, instead of counts.
    """

    scanner: PetScanner = CENTER
    lesions: bool = True
    painted: bool = False


SIMULATORS: Mapping[str, Simulator] = {
    "right": Simulator(),
    "no scatter": Simulator(replace(CENTER, scatter=0.0, randoms=0.0)),
    "PSF 14 mm": Simulator(replace(CENTER, resolution_mm=14.0)),
    "PSF 21 mm": Simulator(replace(CENTER, resolution_mm=21.0)),
    "counts / 4": Simulator(replace(CENTER, counts=CENTER.counts / 4)),
    "counts x 4": Simulator(replace(CENTER, counts=CENTER.counts * 4)),
    "counts x 16": Simulator(replace(CENTER, counts=CENTER.counts * 16)),
    "no lesions": Simulator(lesions=False),
    "painted noise": Simulator(painted=True),
    "all wrong": Simulator(replace(CENTER, resolution_mm=14.0, scatter=0.0, randoms=0.0), lesions=False, painted=True),
}
"""What is right, and in what a simulator may be wrong."""

NETWORKS = ("right", "PSF 21 mm", "counts x 16", "no lesions", "painted noise")
"""Simulators from which a network learned, too: a training takes much longer than a fit."""

ARMS = (
    "untouched", "gaussian", "fit: real", *(f"fit: {name}" for name in SIMULATORS),
    "network: real", *(f"network: {name}" for name in NETWORKS),
)  # fmt: skip
"""Nothing; one width, tuned; thirty filters, fitted; a network. After the colon: real pairs alone, or a simulator."""


@dataclass(frozen=True)
class SimulatedRow:
    """One training, or one tuned filter: means over the patients who are tried.

    Attributes
    ----------
    arm
        Of `ARMS`.
    seed
        Of weights and batches, and of which real pairs there are.
    real
        Number of real pairs.
    error
        Root mean squared error in the body, in SUV.
    lesion_bias
        Of the mean uptake of lesions, in percent; 0 is right.
    """

    arm: str
    seed: int
    real: int
    error: float
    lesion_bias: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[SimulatedRow]:
    """Train, or tune, with each number of real pairs.

    Parameters
    ----------
    arm
        Of `ARMS`.
    seed
        Of the training.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each number of real pairs.
    """
    check_name("arm", arm, ARMS)
    learner, _, source = arm.partition(": ")
    if learner == "network":
        level = check_profile(profile) if profile else current_profile()
        made = _trained(source, seed, level)
    else:
        made = {"untouched": _nothing, "gaussian": _tuned, "fit": _fitted}[learner](source, seed)
    return (SimulatedRow(arm, seed, real, *judge(denoise)) for real, denoise in made)


Made = Iterator[tuple[int, Denoiser]]


def _nothing(_source: str, _seed: int) -> Made:
    yield 0, untouched()


def _tuned(_source: str, seed: int) -> Made:
    return ((n, tuned_gaussian(real_pairs(seed, n))) for n in REAL)


def _fitted(source: str, seed: int) -> Made:
    if source != "real":
        yield 0, weighted(solved(_simulated_equations(source)))
    for n in REAL:
        real = [_real_equations(patient) for patient in _real_patients(seed, n)]
        both, share = blended(real), 0.0
        if source != "real":
            share = trust(real, _simulated_equations(source))
            both = blended([both, _simulated_equations(source)], [1 - share, share])
        yield n, weighted(solved(both))


def _trained(source: str, seed: int, profile: Profile) -> Made:
    from medfuse_course.benchmark.experiments.simulated_cases.learning import denoiser, learn

    start = learn(simulated_pairs(source), seed, profile) if source != "real" else None
    if start is not None:
        yield 0, denoiser(start)
    for n in REAL if source in ("real", "right") else _BESIDE_WRONG:
        yield n, denoiser(learn(real_pairs(seed, n), seed, profile, start=start, alone=start is None))


@cache
def chest(seed: int, lesions: bool = True) -> Chest:
    """A patient, kept."""
    return draw_chest(seed, lesions=lesions)


def real_pairs(seed: int, count: int) -> tuple[PetPair, ...]:
    """So many pairs of the center; those of a smaller number are a part of those of a larger one."""
    return tuple(_real_pair(patient) for patient in _real_patients(seed, count))


def _real_patients(seed: int, count: int) -> tuple[int, ...]:
    order = generator(seed, "real pairs").permutation(np.array(_REAL_SEEDS))
    return tuple(int(patient) for patient in order[:count])


@cache
def _real_equations(patient: int) -> Equations:
    return equations_of(_real_pair(patient))


@cache
def _simulated_equations(name: str) -> Equations:
    return blended([equations_of(pair) for pair in simulated_pairs(name)])


@cache
def _real_pair(patient: int) -> PetPair:
    return CENTER.pair(chest(patient), dose=DOSE, seed=patient)


def simulate(name: str, body: int, *, noise: int) -> PetPair:
    """One pair as a simulator makes it: a low dose, and the image without noise as the full one.

    Parameters
    ----------
    name
        Of `SIMULATORS`.
    body
        Seed of a patient.
    noise
        Seed of what is counted.

    Returns
    -------
    The pair.
    """
    believed = lookup("simulator", name, SIMULATORS)
    patient = chest(body, believed.lesions)
    quiet = believed.scanner.quiet(patient)
    low = believed.scanner.pair(patient, dose=DOSE, seed=noise).low
    if believed.painted:
        low = paint_noise(quiet, float((low - quiet)[patient.body].std()), seed=noise)
    return PetPair(low, quiet)


@cache
def simulated_pairs(name: str) -> tuple[PetPair, ...]:
    """What a simulator makes of all its bodies."""
    each = SIMULATED // len(_BODIES)
    return tuple(simulate(name, body, noise=each * body + k) for body in _BODIES for k in range(each))


@cache
def tried_scans() -> tuple[tuple[Chest, NDArray[np.float32], NDArray[np.float32]], ...]:
    """Patients, their scans at the low dose, and those without noise."""
    patients = [chest(seed) for seed in TRIED]
    lows = [CENTER.pair(p, dose=DOSE, seed=seed).low for p, seed in zip(patients, TRIED, strict=True)]
    return tuple((p, low, CENTER.quiet(p)) for p, low in zip(patients, lows, strict=True))


def judge(enhance: Denoiser) -> tuple[float, float]:
    """Error and lesion bias, as `SimulatedRow` has them, of a function from a scan to a scan."""
    errors, biases = [], []
    for patient, low, quiet in tried_scans():
        made = enhance(low)
        errors.append(error_in(made, quiet, patient))
        biases.append(100 * float(made[patient.lesions].mean() / quiet[patient.lesions].mean() - 1))
    return mean(errors), mean(biases)


def error_in(made: FloatArray, wanted: FloatArray, patient: Chest) -> float:
    """Root mean squared error in the body."""
    return float(np.sqrt(((made - wanted)[patient.body] ** 2).mean()))


def equivalent_cases(numbers: Sequence[int], errors: FloatArray, reached: float) -> float:
    """How many real pairs alone would be needed for an error: interpolated, in the logarithm of the number.

    Parameters
    ----------
    numbers
        Of pairs, rising.
    errors
        With these pairs alone, in the same order. Where one is above an earlier one, the earlier one counts: nobody has
        to use all pairs.
    reached
        The error in question.

    Returns
    -------
    The number; the smallest one where even that does as well, infinity where none does.
    """
    best = np.minimum.accumulate(np.asarray(errors, np.float64))
    found: np.float64 = np.exp(np.interp(-reached, -best, np.log(numbers)))
    return np.float64(np.inf) if reached < best[-1] else found
