"""The trees of the lungs: connected, thinner with every generation, the same for the same seed, and everywhere."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from medfuse_course.core.random import generator
from medfuse_course.datasets.thorax.vessels import lung_trees


def halves(points):
    """Two balls for lungs."""
    x, y, z = points
    return np.minimum(np.hypot(np.hypot(x - 75, y), z), np.hypot(np.hypot(x + 75, y), z)) - 55


@pytest.fixture(scope="module")
def trees():
    return lung_trees(halves, generator(0, "test"))


def test_every_branch_starts_where_another_ends(trees):
    for tree in trees:
        ends = {tuple(end) for end in tree.ends}
        assert all(tuple(start) in ends for start in tree.starts[1:])


def test_branches_thin_out_toward_the_periphery(trees):
    for tree in trees:
        assert (tree.radii[:, 0] >= tree.radii[:, 1] - 1e-6).all()
        assert tree.radii[0, 0] > 6 and np.median(tree.radii[:, 1]) < 2
        assert tree.radii.min() > 0.3


def test_the_tree_reaches_every_part(trees):
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (4000, 3)) * 55 + [75, 0, 0]
    points = points[halves(points.T) < -5]
    right = trees[0]
    assert cKDTree(right.ends).query(points)[0].max() < 20


def test_airways_run_with_the_first_arteries_only(trees):
    arteries, veins = trees[0], trees[2]
    assert arteries.airways[0] == pytest.approx(4.2) and not veins.airways.any()
    assert 0 < (arteries.airways > 0).mean() < 0.5


def test_the_same_seed_grows_the_same_tree(trees):
    again = lung_trees(halves, generator(0, "test"))
    other = lung_trees(halves, generator(1, "test"))
    np.testing.assert_array_equal(again[1].ends, trees[1].ends)
    assert other[1].ends.shape != trees[1].ends.shape or not np.allclose(other[1].ends, trees[1].ends)
