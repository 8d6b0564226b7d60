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


def gray_in_own_units(a, b, of_a, of_b):
    """The rule of the solution with gray values in place of features."""
    own = [ndimage.gaussian_filter(np.abs(x - x.mean()) / x.std(), 5) ** 4 + 1e-9 for x in (a, b)]
    return own[0] / (own[0] + own[1])


@pytest.mark.torch
def test_what_hears_no_feature_is_refused_whatever_it_keeps():
    """Constants, the brighter source, local contrast; and gray values in their own units, which keep as much."""
    pytest.importorskip("torch")
    from medfuse_course.exercises.attempt import Attempt
    from medfuse_course.exercises.methods.extractors import resnet_zca as lab

    for answer in (lab.constant, lambda a, b, of_a, of_b: (a > b) * 1.0, gray_in_own_units):
        assert check(LAB, answer).failed == "features"
    assert lab.LAB.reached(Attempt(gray_in_own_units))["kept"] > lab.LESIONS
    assert lab.LAB.known["average"]["kept"] < 0.3


@pytest.mark.torch
def test_features_without_the_idea_miss_the_goal():
    """Shares of loud features, exchanged sources, and a brighter source that features change a little."""
    pytest.importorskip("torch")
    from medfuse_course.exercises.methods.extractors.resnet_zca import louder, own_weight

    def mixed(a, b, of_a, of_b):
        return 0.8 * (a > b) + 0.2 * louder(a, b, of_a, of_b)

    for answer in (louder, lambda a, b, of_a, of_b: own_weight(b, a, of_b, of_a), mixed):
        assert check(LAB, answer).failed == "lesions"
