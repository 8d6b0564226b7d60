"""The answers that the chapters on edges and on atoms take for right, found a second way."""

import numpy as np
import pytest

from medfuse_course.core.guided_filter import guided_filter
from medfuse_course.datasets import load_pair
from medfuse_course.exercises import get_exercise
from medfuse_course.exercises.core.guided_filter import fit_lines
from medfuse_course.exercises.methods.classical.sparse_representation import best_atom, choose_codes
from medfuse_course.methods.classical.guided_filter import leader, refine
from medfuse_course.transforms.sparse_coding import orthogonal_matching_pursuit

RNG = np.random.default_rng(8)


def test_a_quarter_of_the_step_is_left():
    """One window over half 0.4, half 0.6: the filtered step is a quarter as high."""
    step = np.repeat([[0.4, 0.6]], 8, axis=0)
    filtered = guided_filter(step, step, 8, 0.03)
    left = np.ptp(filtered) / np.ptp(step)
    assert left == pytest.approx(get_exercise("core.guided_filter.step").reference)


def test_the_lines_of_all_windows_are_least_squares():
    guide, image = RNG.random((2, 14, 11))
    a, b = fit_lines(guide, image, 2, 1e-12)
    for y, x in ((0, 0), (6, 5), (13, 4)):
        window = np.s_[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        slope, offset = np.polyfit(guide[window].ravel(), image[window].ravel(), 1)
        assert (a[y, x], b[y, x]) == pytest.approx((slope, offset))


def test_the_weight_map_reads_as_the_exercise_says():
    """White in the brain and in the air, dark along the skull, though the air holds noise only."""
    pair = load_pair("head/mri-ct", seed=3, lesions=2, window_b="hu:bone")
    share = refine(leader(pair.a, pair.b), pair.a, pair.b, 7, 1e-6)
    labels = pair.truth.labels
    air = np.zeros(labels.shape, bool)
    air[:12, :12] = True
    assert labels[air].max() == 0 and share[air].min() > 0.99
    assert np.median(share[labels == 3]) > 0.99
    assert np.median(share[labels == 4]) < 0.5  # compact bone
    assert pair.a[air].mean() < 0.05


def test_the_best_atom_is_the_first_of_the_pursuit():
    atoms = RNG.standard_normal((16, 40))
    atoms /= np.linalg.norm(atoms, axis=0)
    patches = RNG.standard_normal((20, 16))
    first = orthogonal_matching_pursuit(patches, atoms, atoms=1) @ atoms.T
    lengths = RNG.uniform(0.1, 9, 40)
    for patch, expected in zip(patches, first, strict=True):
        np.testing.assert_allclose(best_atom(atoms * lengths, patch), expected, atol=1e-12)


def test_codes_are_chosen_by_the_sum_of_magnitudes():
    """One large entry against two smaller ones: 3 against 2 + 2."""
    one, two = np.array([[3.0, 0, 0]]), np.array([[0, 2.0, -2.0]])
    np.testing.assert_array_equal(choose_codes(one, two), two)
    np.testing.assert_array_equal(choose_codes(two, one), two)
