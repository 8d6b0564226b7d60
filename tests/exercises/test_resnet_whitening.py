"""The exercises on whitening: what they say is true, and what the lab asks cannot be had without the work."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.exercises import check, get_exercise
from medfuse_course.exercises.networks.whitening import whiten_all

LAB = "methods.extractors.resnet_zca.own_weight"


def test_four_numbers_by_the_function_itself():
    found = whiten_all(np.array([[[3.0, 1.0], [1.0, 3.0]]]), 1e-9)[0, 0, 0]
    assert found == pytest.approx(get_exercise("networks.whitening.by_hand").reference, abs=1e-6)


def test_on_its_side_a_channel_is_the_same_also_with_a_large_eps():
    x = np.random.default_rng(0).random((3, 5, 9))
    for eps in (1e-5, 1.0):
        np.testing.assert_allclose(
            whiten_all(x.transpose(0, 2, 1), eps).transpose(0, 2, 1), whiten_all(x, eps), atol=1e-9
        )


def test_a_singular_value_decomposition_passes_and_a_loop_does_too():
    def by_svd(features, eps):
        u, s, v = np.linalg.svd(features - features.mean(axis=(1, 2), keepdims=True), full_matrices=False)
        return u * (s / np.sqrt(s**2 + eps))[:, None, :] @ v

    assert check("networks.whitening.whiten_all", by_svd).passed
    assert check("networks.whitening.whiten_all", lambda x, eps: np.stack([by_svd(c[None], eps)[0] for c in x])).passed


@pytest.mark.torch
def test_no_weight_without_features_reaches_the_goals_of_the_lab():
    """Constants, the brighter source, and local contrast of gray values, soft and sharp."""
    pytest.importorskip("torch")
    from medfuse_course.exercises.methods.extractors.resnet_zca import LAB as lab
    from medfuse_course.exercises.methods.extractors.resnet_zca import constant

    def contrast(power, reach):
        def weight(a, b, of_a, of_b):
            mean = [ndimage.gaussian_filter(x, reach) for x in (a, b)]
            power_of = [ndimage.gaussian_filter(x * x, reach) - m * m for x, m in zip((a, b), mean, strict=True)]
            clear = [(np.sqrt(np.maximum(p, 0)) / np.sqrt(np.maximum(p, 0)).mean() + 1e-6) ** power for p in power_of]
            return clear[0] / (clear[0] + clear[1])

        return weight

    for answer in (constant, lambda a, b, of_a, of_b: (a > b) * 1.0, contrast(4, 3), contrast(2, 5)):
        assert check(LAB, answer).failed in {"lesions", "ssim"}
    assert lab.known["average"]["kept"] < 0.3
