import numpy as np
import pytest
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import noisy, sources


def test_by_hand():
    f, a, b = (np.full((2, 2), level / 255, np.float32) for level in (100, 90, 120))
    values = evaluate(f, a, b, ["mse", "psnr"])
    assert values["mse"] == pytest.approx((10**2 + 20**2) / 2)
    assert values["psnr"] == pytest.approx(10 * np.log10(255**2 / 250))


def test_equals_scikit_image():
    a, _ = sources()
    f = noisy(a, 0.1)
    values = evaluate(f, a, a, ["mse", "psnr"])
    assert values["mse"] == pytest.approx(mean_squared_error(a, f) * 255**2, rel=1e-5)
    assert values["psnr"] == pytest.approx(peak_signal_noise_ratio(a, f, data_range=1), rel=1e-5)


def test_no_error_is_infinitely_good():
    a, _ = sources()
    assert evaluate(a, a, a, "psnr")["psnr"] == np.inf


def test_cddfuse_takes_the_brightest_pixel_for_the_peak():
    f, a, b = (np.full((2, 2), level / 255, np.float32) for level in (100, 90, 120))
    assert evaluate(f, a, b, "psnr", "cddfuse")["psnr"] == pytest.approx(10 * np.log10(100**2 / 250))


def test_a_black_image_is_no_peak_for_cddfuse():
    black, gray = np.zeros((2, 2), np.float32), np.full((2, 2), 0.5, np.float32)
    assert evaluate(black, gray, gray, "psnr", "cddfuse")["psnr"] == -np.inf
    with pytest.warns(MetricWarning, match="psnr is NaN: f is black"):
        assert np.isnan(evaluate(black, black, black, "psnr", "cddfuse")["psnr"])


def test_linfeng_gives_48_decibels_away():
    a, b = sources()
    generous = evaluate(a, a, b, "psnr", "linfeng")["psnr"]
    assert generous - evaluate(a, a, b, "psnr")["psnr"] == pytest.approx(20 * np.log10(255))
