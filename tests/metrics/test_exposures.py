import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import noisy, sources

WEIGHTS = np.array([0.0448, 0.2856, 0.3001]) / 0.6305


def value(f, a, b):
    return evaluate(f, a, b, "mef_ssim")["mef_ssim"]


def test_of_one_source_it_is_the_contrast_and_structure_of_ssim_in_three_scales():
    # scikit-image has no such factor alone, but SSIM of images of equal local means is just it: a checker keeps them.
    checker = np.indices((64, 64)).sum(axis=0) % 2
    a, f = (np.float32(0.5) + np.float32(c) * (2 * checker - 1).astype(np.float32) for c in (0.3, 0.1))
    levels = [x.astype(np.float64) * 255 for x in (f, a)]
    options = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    finest = structural_similarity(*levels, **options)
    # Halved, a checker is gray: the coarser scales agree. Uniform and Gaussian norm of the checker differ by 1 %.
    assert value(f, a, a) == pytest.approx(finest ** WEIGHTS[0], rel=2e-3)


def test_a_flat_image_keeps_what_the_constant_gives_it_by_hand():
    checker = np.indices((64, 64)).sum(axis=0) % 2
    a = (np.float32(0.5) + np.float32(0.2) * (2 * checker - 1)).astype(np.float32)
    c = (0.03 * 255) ** 2
    flat = np.full_like(a, 0.5)
    assert value(flat, a, a) == pytest.approx((c / (51**2 + c)) ** WEIGHTS[0], rel=2e-3)


def test_the_level_does_not_count_and_the_stronger_source_does():
    a, _ = sources(64)
    weak = a / 2 + np.float32(0.2)
    assert value(weak, weak, weak) == pytest.approx(1, abs=1e-6)
    assert value(a * np.float32(0.9) + np.float32(0.05), a, a) > 0.98
    assert value(a, a, weak) > value(weak, a, weak)


@pytest.mark.parametrize("preset", ["course", "linfeng"])
def test_noise_lowers_it(preset):
    a = np.rint(sources()[0] * 255).astype(np.float32) / 255
    values = [evaluate(noisy(a, s), a, a, "mef_ssim", preset)["mef_ssim"] for s in (0, 0.05, 0.2)]
    assert values[0] == pytest.approx(1, abs=1e-6)
    assert values == sorted(values, reverse=True)


@given(seed=st.integers(0, 2**20), power=st.sampled_from([0.2, 1, 8]))
def test_opposite_sources_leave_it_in_range(seed, power):
    rng = np.random.default_rng(seed)
    a = (rng.random((44, 44)) ** power).astype(np.float32)
    assert 0 <= value(a, a, 1 - a) <= 1
    assert 0 <= value(np.full_like(a, 0.5), a, 1 - a) <= 1


def test_no_value_against_the_sources_or_when_too_small():
    a, _ = sources()
    with pytest.warns(MetricWarning, match="mef_ssim is NaN: f runs against the sources"):
        assert np.isnan(value(1 - a, a, a))
    assert value(a[:44, 10:54], a[:44, 10:54], a[:44, 10:54]) == pytest.approx(1, abs=1e-6)
    with pytest.warns(MetricWarning, match="needs at least 44 x 44 pixels, got 43 x 64"):
        assert np.isnan(value(a[:43], a[:43], a[:43]))


def test_constants_have_nothing_to_lose():
    flat, dark = np.full((50, 50), 0.4, np.float32), np.zeros((50, 50), np.float32)
    assert value(flat, dark, flat) == pytest.approx(1, abs=1e-6)
