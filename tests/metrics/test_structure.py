import numpy as np
import pytest
from skimage.metrics import structural_similarity

from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import noisy, sources


def value(slug, *images, preset="course"):
    return evaluate(*images, slug, preset)[slug]


def wang(x, y):
    """SSIM as scikit-image's documentation says it reproduces Wang's."""
    levels = [image.astype(np.float64) * 255 for image in (x, y)]
    return structural_similarity(*levels, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)


def test_ssim_equals_scikit_image():
    a, b = sources()
    f = noisy(np.maximum(a, b), 0.05)
    assert value("ssim", f, a, b) == pytest.approx((wang(f, a) + wang(f, b)) / 2, rel=1e-6)


def test_cddfuse_ssim_equals_scikit_image_with_the_data_range_it_assumed():
    a, b = sources()
    f = np.maximum(a, b)
    levels = [np.rint(image * 255).astype(np.float32) for image in (f, a, b)]
    expected = sum(structural_similarity(levels[0], source, data_range=2) for source in levels[1:])
    # To the last digits: single precision and the sample covariance show only there.
    assert value("ssim", f, a, b, preset="cddfuse") == pytest.approx(expected, rel=1e-12)


def test_with_that_data_range_invisible_noise_ruins_the_score():
    a, _ = sources()
    f = (a + np.random.default_rng(0).integers(0, 2, a.shape) / 255).clip(0, 1).astype(np.float32)
    assert value("ssim", f, a, a) > 0.99
    assert value("ssim", f, a, a, preset="cddfuse") / 2 < 0.9


def test_ssim_of_two_constants_by_hand():
    f, a = np.full((11, 11), 0.4, np.float32), np.full((11, 11), 0.8, np.float32)
    c1 = 2.55**2
    expected = (2 * 102 * 204 + c1) / (102**2 + 204**2 + c1)
    assert value("ssim", f, a, a) == pytest.approx(expected)


@pytest.mark.parametrize("slug", ["ssim", "ms_ssim"])
def test_a_copy_scores_one_and_noise_lowers_it(slug):
    a, _ = sources(176)
    values = [value(slug, noisy(a, sigma), a, a) for sigma in (0, 0.02, 0.1, 0.3)]
    assert values[0] == pytest.approx(1, abs=1e-9)
    assert values == sorted(values, reverse=True)
    assert values[3] < 0.9


def test_ms_ssim_of_constants_by_hand():
    # No structure differs; only the luminance of the coarsest scale, to its exponent.
    f, a = np.full((161, 161), 0.4, np.float32), np.full((161, 161), 0.8, np.float32)
    c1 = 2.55**2
    luminance = (2 * 102 * 204 + c1) / (102**2 + 204**2 + c1)
    assert value("ms_ssim", f, a, a) == pytest.approx(luminance**0.1333, rel=1e-6)


def test_ms_ssim_forgives_fine_noise_that_ssim_does_not():
    a, _ = sources(176)
    f = noisy(a, 0.1)
    assert value("ms_ssim", f, a, a) > value("ssim", f, a, a) + 0.1


def test_a_negative_structure_has_no_ms_ssim():
    a, _ = sources(176)
    with pytest.warns(MetricWarning, match="ms_ssim is NaN: f runs against a source"):
        assert np.isnan(value("ms_ssim", 1 - a, a, a))


@pytest.mark.parametrize(("slug", "minimum"), [("ssim", 11), ("ms_ssim", 161)])
def test_the_smallest_image(slug, minimum):
    image = np.random.default_rng(0).random((minimum, minimum)).astype(np.float32)
    assert value(slug, image, image, image) == pytest.approx(1)
    small = image[1:]
    with pytest.warns(
        MetricWarning, match=f"needs at least {minimum} x {minimum} pixels, got {minimum - 1} x {minimum}"
    ):
        assert np.isnan(value(slug, small, small, small))
