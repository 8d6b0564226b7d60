"""Simulated before real cases: fits by hand, trust in a simulator, equivalent cases, and the shipped table."""

import numpy as np
import pytest

from medfuse_course.benchmark import shipped_rows
from medfuse_course.benchmark.experiments import simulated_cases
from medfuse_course.benchmark.experiments.simulated_cases import (
    ARMS,
    REAL,
    SIMULATORS,
    equivalent_cases,
    judge,
    run,
    simulate,
    simulated_pairs,
    tried_scans,
)
from medfuse_course.benchmark.experiments.simulated_cases.filters import (
    Equations,
    blended,
    equations_of,
    filter_bank,
    least_squares,
    solved,
    trust,
    tuned_gaussian,
    weighted,
)
from medfuse_course.datasets.pet_scanner import PetPair  # fmt: skip


@pytest.fixture
def small(monkeypatch):
    """Two patients to try on, one body to simulate."""
    for name, value in (("TRIED", (500, 501)), ("_BODIES", range(500_000, 500_001)), ("SIMULATED", 1), ("REAL", (2,))):
        monkeypatch.setattr(simulated_cases, name, value)
    for kept in (tried_scans, simulated_pairs, simulated_cases._simulated_equations):
        kept.cache_clear()
    yield
    for kept in (tried_scans, simulated_pairs, simulated_cases._simulated_equations):
        kept.cache_clear()


def test_a_fit_is_that_of_numpy():
    low, full = (np.random.default_rng(k).uniform(0.1, 3, (24, 24)).astype(np.float32) for k in (0, 1))
    equations = equations_of(PetPair(low, full))
    seen = filter_bank(low).reshape(-1, 30).astype(np.float64)
    ridge = np.sqrt(1e-3 * np.trace(equations.normal) / 30 * len(seen)) * np.eye(30)
    wanted = np.linalg.lstsq(np.vstack([seen, ridge]), np.concatenate([full.ravel(), np.zeros(30)]), rcond=None)[0]
    np.testing.assert_allclose(solved(equations), wanted, rtol=1e-3, atol=1e-4)
    assert equations.error(wanted) == pytest.approx(((seen @ wanted - full.ravel()) ** 2).mean(), rel=1e-4)
    made = least_squares([PetPair(low, full)])(low)
    np.testing.assert_allclose(made, weighted(wanted)(low), atol=1e-3)


def test_a_simulator_of_the_same_world_is_trusted_and_one_of_another_is_not():
    rng = np.random.default_rng(0)

    def world(weights, pixels):
        seen = rng.standard_normal((pixels, 4))
        wanted = seen @ weights + rng.standard_normal(pixels)
        return Equations(seen.T @ seen / pixels, seen.T @ wanted / pixels, float((wanted**2).mean()))

    true = np.array([1.0, -1.0, 0.5, 2.0])
    real = [[world(true, 6) for _ in range(4)] for _ in range(10)]
    assert np.mean([trust(few, world(true, 10_000)) for few in real]) > 0.6
    assert max(trust([world(true, 1000) for _ in range(3)], world(-true, 10_000)) for _ in range(5)) == 0
    real = real[0]
    both = blended([real[0], real[1]], [0.25, 0.75])
    np.testing.assert_allclose(both.normal, 0.25 * real[0].normal + 0.75 * real[1].normal)


def test_the_widest_gaussian_is_not_the_best():
    low = np.zeros((32, 32), dtype=np.float32)
    low[16, 16] = 100
    assert tuned_gaussian([PetPair(low, low)])(low)[16, 16] > 90


def test_equivalent_cases_by_hand():
    errors = np.array([0.4, 0.3, 0.32, 0.2])
    assert equivalent_cases((2, 4, 8, 16), errors, 0.35) == pytest.approx(2 * np.sqrt(2))
    assert equivalent_cases((2, 4, 8, 16), errors, 0.25) == pytest.approx(8 * np.sqrt(2))
    assert equivalent_cases((2, 4, 8, 16), errors, 0.19) == np.inf
    assert equivalent_cases((2, 4, 8, 16), errors, 0.9) == 2


def test_the_truth_has_no_error_and_no_bias(small):
    truth = {low.tobytes(): quiet for _, low, quiet in tried_scans()}
    assert judge(lambda low: truth[low.tobytes()]) == (0, 0)
    error, bias = judge(lambda low: 0.9 * truth[low.tobytes()])
    assert error > 0 and bias == pytest.approx(-10, abs=1e-3)


def test_simulators_differ_in_what_they_are_wrong_about(small):
    made = {name: simulate(name, 703, noise=1) for name in SIMULATORS}
    off = {name: float((pair.low - pair.full).std()) for name, pair in made.items()}
    assert off["counts x 16"] < off["counts x 4"] < off["right"] < off["counts / 4"]
    assert made["PSF 21 mm"].full.max() < made["PSF 14 mm"].full.max() < made["right"].full.max()
    assert made["no lesions"].full.max() < made["right"].full.max()
    np.testing.assert_array_equal(made["painted noise"].full, made["right"].full)


def test_fewer_real_pairs_are_a_part_of_more():
    two, four = simulated_cases._real_patients(3, 2), simulated_cases._real_patients(3, 4)
    assert four[:2] == two and len(set(four)) == 4 and set(four) != set(simulated_cases._real_patients(4, 4))


@pytest.mark.torch
def test_a_network_goes_on_from_a_simulator(small):
    pytest.importorskip("torch")
    rows = list(run("network: right", 1, "smoke"))
    assert [(row.arm, row.seed, row.real) for row in rows] == [("network: right", 1, 0), ("network: right", 1, 2)]
    assert rows == list(run("network: right", 1, "smoke")) and rows[0].error != rows[1].error
    (alone,) = run("network: real", 1, "smoke")
    assert alone.error != rows[1].error


def test_the_shipped_table_has_every_unit():
    known = {}
    for row in shipped_rows("simulated_cases"):
        known.setdefault((row.arm, row.seed), []).append(row.real)
    for arm in ARMS:
        learner, _, source = arm.partition(": ")
        counts = list(REAL) if source in ("", "real") else [0, *REAL]
        if arm == "untouched" or (learner == "network" and source not in ("real", "right")):
            counts = [0] if arm == "untouched" else [0, 4]
        for seed in range(1 if arm == "untouched" else 5):
            assert known.pop((arm, seed)) == counts
    assert not known
