"""The measures of shared features, by hand."""

import numpy as np
import pytest

from medfuse_course.benchmark.experiments import shared_features as shared


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    """One number; a third of the (lesion, none) pairs of the new ones lie the wrong way round."""
    known, shows = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([False, False, True, True])
    new, really = np.array([[0.0], [2.0], [4.0], [1.0]]), np.array([False, False, False, True])
    assert shared.lesion_area(known, shows, new, really) == pytest.approx(1 / 3)


def test_the_same_clouds_are_told_apart_by_nobody_and_others_by_a_line():
    rng = np.random.default_rng(0)
    a, b, c, d = rng.standard_normal((4, 400, 5))
    assert shared.linear_accuracy((a, b), (c, d)) == pytest.approx(0.5, abs=0.06)
    assert shared.linear_accuracy((a, b + 4), (c, d + 4)) > 0.99


@pytest.mark.torch
def test_a_ring_around_a_cloud_is_seen_by_the_network_and_not_by_a_line():
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    clouds = rng.standard_normal((4, 400, 2))
    for ring in clouds[1::2]:
        ring *= 4 / np.linalg.norm(ring, axis=1, keepdims=True)
    a, b, c, d = clouds
    assert shared.linear_accuracy((a, b), (c, d)) < 0.6 < 0.9 < shared.modality_accuracy((a, b), (c, d), 0)


def test_gradients_do_not_know_bright_from_dark():
    patch = np.random.default_rng(0).random((1, 1, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(shared.steepness(patch), shared.steepness(0.3 - patch), atol=1e-6)
    assert shared.steepness(patch).shape == (1, 64)
