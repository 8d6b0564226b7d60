"""Multi-focus pairs: the mask is what it says."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget, patches  # noqa: E402
from medfuse_course.training.focus_masks import FocusMasks, random_mask, split_focus  # noqa: E402

BUDGET = Budget(steps=8, batch=5, patch=40, pool=2, refresh=4)


@pytest.fixture(autouse=True)
def noise_for_phantoms(monkeypatch):
    """White noise in place of anatomy."""

    def draw(name, seed):
        return tuple(np.random.default_rng(seed).random((2, 80, 80), dtype=np.float32))

    monkeypatch.setattr(patches, "_phantom", draw)


def test_each_image_is_sharp_where_the_mask_says_and_only_there():
    batch = FocusMasks().batch(0, 0, BUDGET, slice(None))
    a, b, mask, sharp = (batch[name] for name in ("a", "b", "mask", "sharp"))
    assert {tuple(x.shape) for x in (a, b, mask, sharp)} == {(5, 1, 40, 40)}
    assert torch.equal(a * mask, sharp * mask) and torch.equal(b * (1 - mask), sharp * (1 - mask))
    assert (a != sharp)[mask == 0].float().mean() > 0.99
    assert (b != sharp)[mask == 1].float().mean() > 0.99
    assert set(mask.unique().tolist()) == {0.0, 1.0}


def test_batches_repeat_and_validation_is_another():
    data = FocusMasks()
    whole, again = (data.batch(1, 2, BUDGET, slice(None)) for _ in range(2))
    for name, tensor in whole.items():
        assert torch.equal(tensor, again[name])
        assert torch.equal(tensor[1:3], data.batch(1, 2, BUDGET, slice(1, 3))[name])
    assert data.validation(BUDGET)["mask"].shape == (16, 1, 40, 40)


def test_masks_are_smooth_and_differ():
    masks = [random_mask(np.random.default_rng(k), (64, 48)) for k in range(20)]
    shares = [mask.mean() for mask in masks]
    assert 0.29 < min(shares) < 0.4 < 0.6 < max(shares) < 0.71
    changes = [np.mean(mask[:, 1:] != mask[:, :-1]) for mask in masks]
    assert max(changes) < 0.1  # in noise it is half


def test_splitting_by_hand():
    a, b = split_focus(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[True, False]]))
    assert a.tolist() == [[1, 4]]
    assert b.tolist() == [[3, 2]]
