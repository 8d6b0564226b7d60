"""Patches of contourlet bands: true labels, common scale, levels that look alike."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data import patches  # noqa: E402
from medfuse_course.training.data.band_patches import DRAWS, BandPatches, normalized, thin  # noqa: E402

BUDGET = Budget(steps=8, batch=3, patch=16, pool=2, refresh=4)


@pytest.fixture(autouse=True)
def noise_for_phantoms(monkeypatch):
    """White noise in place of anatomy."""

    def draw(name, seed):
        return tuple(np.random.default_rng(seed).random((2, 100, 100), dtype=np.float32))

    monkeypatch.setattr(patches, "_phantom", draw)


def test_the_sharp_one_has_the_stronger_band():
    batch = BandPatches(blur=(2.0, 4.0)).batch(0, 0, BUDGET, slice(None))
    assert batch["a"].shape == (3 * DRAWS, 1, 16, 16)
    assert batch["a"].dtype == torch.float32
    stronger = batch["a"].square().mean(dim=(1, 2, 3)) > batch["b"].square().mean(dim=(1, 2, 3))
    assert torch.equal(stronger, batch["target"].flatten() == 1)
    assert 0 < batch["target"].sum() < len(stronger)


def test_batches_repeat_and_rows_are_those_of_the_whole():
    data = BandPatches()
    whole, part = (data.batch(0, 1, BUDGET, rows) for rows in (slice(None), slice(1, 2)))
    for name, tensor in part.items():
        assert torch.equal(tensor, whole[name][DRAWS : 2 * DRAWS])
    assert len(data.validation(BUDGET)["a"]) == 32 * DRAWS


def test_normalizing_keeps_the_relation_and_forgets_the_scale():
    """By hand: means of squares 16 and 2, so the root of 9."""
    a, b = np.full((4, 4), 4.0), np.full((4, 4), 2**0.5)
    for gain in (1, 1e3):
        x, y = normalized(gain * a, gain * b)
        np.testing.assert_allclose([x[0, 0], y[0, 0]], [4 / 3, 2**0.5 / 3], rtol=1e-5)
    assert np.isfinite(normalized(0 * a, 0 * b)[0]).all()


def test_thinning_keeps_every_second_or_fourth():
    band = np.arange(64).reshape(8, 8)
    assert thin(band, 0) is band or np.array_equal(thin(band, 0), band)
    assert thin(band, 2).tolist() == [[0, 4], [32, 36]]
