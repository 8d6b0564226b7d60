"""Multi-focus pairs: the mask is what it says."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data import patches  # noqa: E402
from medfuse_course.training.data.focus_masks import (  # noqa: E402
    FocusMasks,
    defocus_by_disk,
    disk,
    random_mask,
    split_apart,
    split_focus,
    spread_focus,
)
from medfuse_course.training.data.focus_patches import defocus  # noqa: E402

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


def test_a_disk_by_hand():
    """Radius 1: the middle 1, its neighbors one half, the corners ``1.5 - sqrt 2``; all of it pi, nearly."""
    weights = np.array([[1.5 - 2**0.5, 0.5, 1.5 - 2**0.5], [0.5, 1, 0.5], [1.5 - 2**0.5, 0.5, 1.5 - 2**0.5]])
    np.testing.assert_allclose(disk(1.0), weights / weights.sum(), rtol=1e-6)
    away = np.arange(-6, 7)
    assert (disk(6.0).sum(0) * away**2).sum() == pytest.approx(6**2 / 4, rel=0.03)  # variance of a disk: r^2 / 4
    point = np.zeros((15, 15), np.float32)
    point[7, 7] = 1
    np.testing.assert_allclose(defocus_by_disk(point, 6.0)[1:-1, 1:-1], disk(6.0), atol=1e-7)


BRIGHT = np.zeros((40, 40), np.float32)
BRIGHT[:, :20] = 1
"""A bright object in front of black."""


def test_apart_nothing_crosses_the_edge_and_spread_the_object_leaks():
    mask = BRIGHT > 0
    for image in split_apart(BRIGHT, mask, lambda x: defocus(x, 2.0)):
        np.testing.assert_allclose(image, BRIGHT, atol=1e-6)
    a, b = spread_focus(BRIGHT, mask, lambda x: defocus(x, 2.0))
    veil = defocus(BRIGHT, 2.0)
    np.testing.assert_array_equal(a[mask], 1)
    np.testing.assert_allclose(a[~mask], veil[~mask])  # what is behind the object is out of focus, with its edge
    np.testing.assert_allclose(b, veil**2 + (1 - veil) * BRIGHT)
    assert b[20, 20] > 0.1 > BRIGHT[20, 20]  # beyond the edge, where b should be sharp


@pytest.mark.parametrize("edge", ["apart", "spread"])
@pytest.mark.parametrize("lens", ["disk", "gaussian"])
def test_other_cameras_keep_what_is_in_focus(lens, edge):
    """In a the object, in b what lies far behind it."""
    batch = FocusMasks(lens=lens, edge=edge, blur=(1.0, 2.0)).batch(0, 0, BUDGET, slice(None))
    a, b, mask, sharp = (batch[name] for name in ("a", "b", "mask", "sharp"))
    torch.testing.assert_close(a * mask, sharp * mask)
    far = mask if edge == "apart" else torch.nn.functional.max_pool2d(mask, 13, 1, 6)
    inner = (..., slice(6, -6), slice(6, -6))  # an object may lie beyond the border
    torch.testing.assert_close((b * (1 - far))[inner], (sharp * (1 - far))[inner])
    assert all(x.dtype == torch.float32 and 0 <= x.min() <= x.max() <= 1 for x in (a, b))


def test_an_unknown_camera_is_answered():
    with pytest.raises(ValueError, match="unknown lens 'disc'; did you mean 'disk'"):
        FocusMasks(lens="disc")
    with pytest.raises(ValueError, match="unknown edge 'sprea'; did you mean 'spread'"):
        FocusMasks(edge="sprea")
