"""What is destroyed, and what is not."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget, DestroyedPatches  # noqa: E402
from medfuse_course.training.data.destroyed_patches import other_intensity, other_texture  # noqa: E402

BUDGET = Budget(steps=1, batch=4, patch=48, pool=3)


def test_gray_values_change_and_their_order_does_not():
    square = np.linspace(0, 1, 121, dtype=np.float32).reshape(11, 11)
    for seed in range(20):
        changed = other_intensity(square, np.random.default_rng(seed))
        assert changed[0, 0] == 0 and changed[-1, -1] == pytest.approx(1)
        assert (np.diff(changed.ravel()) >= 0).all() and np.abs(changed - square).max() > 0.01


def test_texture_changes_and_the_mean_of_each_cell_stays_or_it_is_smoother():
    square = np.random.default_rng(0).random((12, 12), dtype=np.float32)
    kinds = set()
    for seed in range(20):
        changed = other_texture(square, np.random.default_rng(seed))
        cells = [x.reshape(3, 4, 3, 4).mean(axis=(1, 3)) for x in (square, changed)]
        shuffled = np.allclose(*cells, atol=1e-6)
        assert shuffled or changed.std() < 0.6 * square.std()
        assert not np.array_equal(changed, square)
        kinds.add(shuffled)
    assert kinds == {True, False}


def test_batches_repeat_split_over_processes_and_leave_most_of_an_image():
    data = DestroyedPatches()
    whole, again, last = (data.batch(5, 7, BUDGET, rows) for rows in (slice(None), slice(None), slice(2, 4)))
    for name in ("image", "intensity", "texture"):
        assert torch.equal(whole[name], again[name]) and torch.equal(whole[name][2:], last[name])
        assert whole[name].shape == (4, 1, 48, 48) and whole[name].dtype == torch.float32
    changed = (whole["intensity"] != whole["image"]) | (whole["texture"] != whole["image"])
    share = changed.float().mean(dim=(1, 2, 3))
    assert (share < 0.5).all() and share.max() > 0
    assert not torch.equal(data.validation(BUDGET)["intensity"], data.validation(BUDGET)["image"])
