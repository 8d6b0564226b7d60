"""Pairs in focus and out of focus: the labels are true, the orders even, and training keeps to itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data import patches  # noqa: E402
from medfuse_course.training.data.focus_patches import MARGIN, FocusPatches, defocus, sharp_and_blurred  # noqa: E402

BUDGET = Budget(steps=8, batch=12, patch=16, pool=2, refresh=4)


@pytest.fixture(autouse=True)
def noise_for_phantoms(monkeypatch):
    """White noise in place of anatomy: every patch of it has a sharp side."""

    def draw(name, seed):
        return tuple(np.random.default_rng(seed).random((2, 80, 80), dtype=np.float32))

    monkeypatch.setattr(patches, "_phantom", draw)


def _roughness(batch):
    return batch.diff(dim=-1).abs().mean(dim=(1, 2, 3))


def test_the_target_says_which_is_sharp():
    batch = FocusPatches().batch(0, 0, BUDGET, slice(None))
    assert batch["a"].shape == batch["b"].shape == (12, 1, 16, 16)
    assert batch["target"].shape == (12, 1, 1)
    a_is_rougher = _roughness(batch["a"]) > _roughness(batch["b"])
    assert torch.equal(a_is_rougher, batch["target"].flatten() == 1)
    assert 0 < batch["target"].sum() < 12


def test_batches_repeat_and_rows_are_those_of_the_whole():
    data = FocusPatches()
    whole = data.batch(0, 1, BUDGET, slice(None))
    part = data.batch(0, 1, BUDGET, slice(3, 7))
    for name in ("a", "b", "target"):
        assert torch.equal(part[name], whole[name][3:7])
    assert not torch.equal(whole["a"], data.batch(0, 2, BUDGET, slice(None))["a"])


def test_validation_has_every_pair_in_both_orders():
    batch = FocusPatches().validation(BUDGET)
    first, second = (batch[name].chunk(2) for name in ("a", "b"))
    assert torch.equal(first[0], second[1]) and torch.equal(first[1], second[0])
    target = batch["target"].chunk(2)
    assert torch.equal(target[0], 1 - target[1])
    assert len(first[0]) == 128


def test_defocus_spreads_a_point_by_the_gaussian():
    """Variance of the spread point: sigma squared."""
    point = np.zeros((31, 31))
    point[15, 15] = 1
    spread = defocus(point, 2.0)
    assert spread.sum() == pytest.approx(1)
    assert (spread.sum(0) * (np.arange(31) - 15) ** 2).sum() == pytest.approx(4, rel=0.05)


def test_noise_is_alike_on_both_and_the_border_is_cut():
    flat = np.full((64 + 2 * MARGIN,) * 2, 0.5, np.float32)
    sharp, blurred = sharp_and_blurred(flat, np.random.default_rng(0), noise=0.02)
    assert sharp.shape == blurred.shape == (64, 64)
    assert sharp.dtype == np.float32
    assert sharp.std() == pytest.approx(0.02, rel=0.05)
    assert blurred.std() == pytest.approx(0.02, rel=0.05)
    assert abs(np.corrcoef(sharp.ravel(), blurred.ravel())[0, 1]) < 0.1
