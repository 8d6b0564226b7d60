"""Pairs at low dose: from whom, at which dose, with which noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget, LowDosePatches  # noqa: E402
from medfuse_course.training.data import low_dose_patches as module  # noqa: E402

BUDGET = Budget(steps=2, batch=4, patch=32, pool=2)
WHOLE = slice(None)


@pytest.fixture
def asked(monkeypatch):
    """Patients that cost nothing: slice k of dose p holds 100 p + k, the full dose 7; who was asked for is noted."""
    seeds = []

    def scanned(seed, doses, nested, neighbors, planes):
        seeds.append((seed, nested))
        assert planes == module.PLANES
        planes = np.arange(2 * neighbors + 1, dtype=np.float32)[:, None, None]
        low = {dose: np.broadcast_to(100 * dose + planes, (2 * neighbors + 1, 64, 64)) for dose in doses}
        return module.LowDosePatient(low, np.full((64, 64), 7, np.float32))

    monkeypatch.setattr(module, "scanned", scanned)
    return seeds


def test_a_batch_is_what_it_says(asked):
    batch = LowDosePatches(alone=0.0).batch(0, 0, BUDGET, WHOLE)
    assert [tuple(batch[name].shape) for name in ("low", "full", "dose")] == [(4, 3, 32, 32), (4, 1, 32, 32), (4,)]
    assert (batch["full"] == 7).all()
    for low, dose in zip(batch["low"], batch["dose"].tolist(), strict=True):
        assert low[:, 0, 0].tolist() == pytest.approx([100 * dose, 100 * dose + 1, 100 * dose + 2])


def test_alone_the_middle_slice_stands_for_all(asked):
    low = LowDosePatches(alone=1.0).batch(0, 0, BUDGET, WHOLE)["low"]
    assert (low == low[:, 1:2]).all() and low[0, 0, 0, 0] % 5 == 1
    both = [LowDosePatches().batch(0, n, BUDGET, WHOLE)["low"] for n in range(12)]
    share = np.mean([(low == low[:, 1:2]).all(dim=(1, 2, 3)).float().mean() for low in both])
    assert 0.3 < share < 0.7


def test_all_doses_come_and_rows_are_the_same_however_they_are_shared_out(asked):
    data = LowDosePatches()
    drawn = torch.cat([data.batch(0, n, BUDGET, WHOLE)["dose"] for n in range(30)])
    shares = [float((drawn == dose).float().mean()) for dose in torch.tensor(data.doses)]
    assert all(0.1 < share < 0.4 for share in shares)
    whole = data.batch(0, 3, BUDGET, WHOLE)
    for name in whole:
        parts = [data.batch(0, 3, BUDGET, slice(k, k + 2))[name] for k in (0, 2)]
        assert torch.equal(torch.cat(parts), whole[name])


def test_no_patient_of_training_is_one_of_validation_or_of_a_table(asked):
    for number in (0, 199, 200, 5000):
        LowDosePatches().batch(1, number, BUDGET, WHOLE)
    training = {seed for seed, _ in asked}
    asked.clear()
    LowDosePatches(nested=False).validation(BUDGET)
    assert min(training) >= 100_000 > 1000 and max(training) < 900_000
    assert {seed for seed, _ in asked} <= set(range(900_000, 900_004)) and not any(nested for _, nested in asked)


def test_a_ct_is_cut_and_turned_with_the_pet_and_changes_nothing_else(monkeypatch):
    """Each pixel of the plane has a number of its own; the CT is that number less 1000."""
    plane = 1 + np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    patient = module.LowDosePatient(dict.fromkeys(LowDosePatches().doses, np.stack([-plane, plane, 0 * plane])), plane)
    monkeypatch.setattr(module, "scanned", lambda *given: patient)
    monkeypatch.setattr(module, "ct_of", lambda *given: plane - 1000)
    for number in range(6):
        both = LowDosePatches(ct=True).batch(0, number, BUDGET, WHOLE)
        without = LowDosePatches().batch(0, number, BUDGET, WHOLE)
        assert torch.equal(both["ct"], both["full"] - 1000) and both["ct"].shape == (4, 1, 32, 32)
        assert set(without) == set(both) - {"ct"} and all(torch.equal(both[name], without[name]) for name in without)
    assert "ct" in LowDosePatches(ct=True).validation(BUDGET)


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        (
            {"doses": (10,)},
            ValueError,
            "dose: expected a share of the full dose.*a factor of 10 less is 0.1, and 10 % is 0.1",
        ),
        (
            {"doses": ("1/10",)},
            TypeError,
            "dose: expected a share of the full dose as a number, such as 0.1, got '1/10'",
        ),
        ({"doses": 0.1}, TypeError, r"doses: expected shares of the full dose, such as \(0.5, 0.1\), got 0.1"),
        ({"neighbors": -1}, ValueError, "neighbors: expected 0 or more"),
        ({"alone": 2.0}, ValueError, r"alone: expected a share in \[0, 1\]"),
        ({"ct": "head"}, TypeError, "ct: expected True or False, got 'head'"),
        ({"planes": (0, 9)}, ValueError, r"planes: expected two slices from 1 up to 71, got \(0, 9\)"),
    ],
)
def test_what_is_no_dose_is_answered(options, kind, said):
    with pytest.raises(kind, match=said):
        LowDosePatches(**options)


@pytest.mark.slow
def test_nested_scans_share_noise_and_independent_ones_do_not():
    """At half the dose: sqrt(1/2) of the noise is common, in theory."""
    nested, other = (module.scanned(100_000, (0.5,), kind, 0) for kind in (True, False))
    assert np.array_equal(nested.low[0.5], other.low[0.5])
    error = nested.low[0.5][0] - other.full
    common = np.corrcoef((nested.low[0.5][0] - nested.full).ravel(), error.ravel())[0, 1]
    assert np.abs(nested.low[0.5][0] - nested.full).mean() < 0.75 * np.abs(error).mean()
    assert common < 0.95


@pytest.mark.slow
def test_the_ct_is_that_of_the_same_plane():
    """Uptake of tissue lies in tissue, and air has none."""
    ct, pet = module.ct_of(100_000), module.scanned(100_000, (0.5,), True, 0).full
    assert ct.shape == pet.shape
    assert ct[pet > 1].mean() > -200 and ct[pet < 0.01].mean() < -800
    assert ct.min() > -1200


def test_a_patient_has_the_lesions_that_are_drawn_and_one_in_five_has_none():
    """No chance may add one: a network that sees lesions everywhere would be praised for it."""
    counts = [len(module._examination(seed, module.PLANES)[0].lesions) for seed in range(12)]
    assert set(counts) <= set(range(5))
    assert 1 <= counts.count(0) <= 6
