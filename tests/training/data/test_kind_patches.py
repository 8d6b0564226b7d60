"""Patches of known kinds: what each texture is, and that nothing but the kind tells it."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import KINDS, Budget, KindPatches  # noqa: E402
from medfuse_course.training.data import patches, textures  # noqa: E402

BUDGET = Budget(steps=1, batch=6, patch=32, pool=3)


@pytest.fixture(autouse=True)
def noise_for_phantoms(monkeypatch):
    """White noise in place of anatomy, which takes its time."""

    def draw(name, seed):
        return tuple(np.random.default_rng(seed).random((2, 80, 80), dtype=np.float32))

    monkeypatch.setattr(patches, "_phantom", draw)


@pytest.mark.parametrize("name", textures.TEXTURES)
def test_a_texture_follows_from_its_generator(name):
    draw = textures.TEXTURES[name]
    first, again, other = (draw(np.random.default_rng(seed), 32) for seed in (1, 1, 2))
    assert first.shape == (32, 32) and first.dtype == np.float32 and first.std() > 0.1
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_cells_are_those_of_the_nearest_centers():
    """Against SciPy's search tree, on the same centers: `cells` draws them after its grays."""
    image = textures.cells(np.random.default_rng(3), 24)
    rng = np.random.default_rng(3)
    grays = rng.random(24 * 24 // 120)
    centers = rng.uniform(0, 24, size=(len(grays), 2, 1, 1))[:, :, 0, 0]
    _, nearest = cKDTree(centers).query(np.stack(np.mgrid[:24, :24], axis=-1))
    np.testing.assert_allclose(image, grays[nearest], atol=1e-6)


def test_stripes_and_squares_have_the_size_that_is_drawn():
    """By hand: not turned, half a pixel shifted, with a period of 10. Squares are then of 5 pixels."""

    class Drawn:
        def __init__(self):
            self.numbers = iter([0.0, np.array([0.5, 0.5]), 10.0])

        def uniform(self, low, high, size=None):
            return next(self.numbers)

    rows, columns = np.indices((20, 20)) // 5
    np.testing.assert_array_equal(textures.checkers(Drawn(), 20), np.where((rows + columns) % 2, -1, 1))
    wave = np.sin(2 * np.pi * (np.arange(20) + 0.5) / 10)
    np.testing.assert_allclose(textures.stripes(Drawn(), 20), np.tile(wave, (20, 1)), atol=1e-6)


def test_the_power_of_a_cloud_falls_with_frequency_and_that_of_grain_does_not_rise():
    """The exponent of the amplitude is drawn between 1.2 and 2."""
    power = np.mean(
        [np.abs(np.fft.rfft2(textures.cloud(np.random.default_rng(k), 64)))[0, 1:] for k in range(64)], axis=0
    )
    slope = np.polyfit(np.log(np.arange(1, 25)), np.log(power[:24]), 1)[0]
    assert -2 < slope < -1.2


def test_rows_are_drawn_alone_and_levels_do_not_tell():
    data = KindPatches()
    whole = data.batch(0, 3, BUDGET, slice(None))
    part = data.batch(0, 3, BUDGET, slice(2, 4))
    assert whole["x"].shape == (6, 1, 32, 32) and whole["x"].dtype == torch.float32
    assert part["x"].equal(whole["x"][2:4]) and part["target"].equal(whole["target"][2:4])
    assert whole["x"].min() >= 0 and whole["x"].max() <= 1


def test_validation_shows_every_kind_and_its_levels_do_not_tell():
    """Who knows only mean and standard deviation is hardly better than chance (1 in 12)."""
    held = KindPatches().validation(BUDGET)
    x, target = held["x"], held["target"]
    assert torch.bincount(target).tolist() == [16] * len(KINDS) == [16] * 12
    levels = torch.stack([x.mean(dim=(1, 2, 3)), x.std(dim=(1, 2, 3))], dim=1)
    levels = (levels - levels.mean(dim=0)) / levels.std(dim=0)
    apart = torch.cdist(levels, levels) + 1e6 * torch.eye(len(x))
    assert (target[apart.argmin(dim=1)] == target).float().mean() < 0.25
