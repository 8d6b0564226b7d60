"""Points around centers."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.metrics import mode_coverage  # noqa: E402
from medfuse_course.training import Budget, GaussianModes, gaussian_grid, gaussian_ring  # noqa: E402

BUDGET = Budget(steps=1, batch=12)


def test_the_grid_and_the_ring_of_the_literature():
    grid, ring = gaussian_grid(), gaussian_ring()
    assert sorted(grid.centers) == [(x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)]
    assert (grid.sigma, ring.sigma) == (0.05, 0.02)
    np.testing.assert_allclose(np.linalg.norm(ring.centers, axis=1), 2)
    assert len(np.unique(np.round(ring.centers, 6), axis=0)) == 8  # no place counts twice


@pytest.mark.parametrize("data", [gaussian_grid(), gaussian_ring()])
def test_points_come_from_every_mode_alike_and_are_as_wide_as_said(data):
    drawn = data.draw(20_000, seed=3)
    points = drawn["real"].numpy()
    found = mode_coverage(points, data.centers, data.sigma)
    assert found.found == found.modes and found.good > 0.985 and found.imbalance < 0.002
    off = points[:, None] - np.asarray(data.centers)
    nearest = np.take_along_axis(off, np.abs(off).sum(-1).argmin(1)[:, None, None], 1)
    np.testing.assert_allclose(nearest.std(axis=(0, 1)), data.sigma, rtol=0.03)
    assert abs(drawn["noise"].mean().item()) < 0.03 and drawn["noise"].std().item() == pytest.approx(1, abs=0.02)


def test_batches_follow_from_seed_and_number_and_are_shared_out_by_rows():
    data = GaussianModes(((0.0, 0.0), (1.0, 1.0)), 0.1, noise=3)
    whole = data.batch(1, 5, BUDGET, slice(0, 12))
    assert whole["real"].shape == (12, 2) and whole["noise"].shape == (12, 3)
    for name, rows in whole.items():
        parts = [data.batch(1, 5, BUDGET, part)[name] for part in (slice(0, 4), slice(4, 12))]
        assert torch.equal(torch.cat(parts), rows)
        for other in (data.batch(1, 6, BUDGET, slice(0, 12)), data.batch(2, 5, BUDGET, slice(0, 12))):
            assert not torch.equal(other[name], rows)
    assert len(data.validation(BUDGET)["real"]) == 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(((), 1.0), "centers: expected"), ((((0, 0, 0),), 1.0), "centers"), ((((0, 0),), 0.0), "sigma")],
)
def test_what_has_no_points_is_said(arguments, words):
    with pytest.raises(ValueError, match=words):
        GaussianModes(*arguments)
