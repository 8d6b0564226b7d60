"""Errors of quantitative images, by hand on images of a few pixels."""

from dataclasses import replace

import numpy as np
import pytest

from medfuse_course.datasets.case import Case
from medfuse_course.metrics import MetricWarning, evaluate, score


def case(target, lesions=(), task="enhancement", **more):
    """A case of a few pixels, all of which count."""
    target = np.asarray(target, np.float32)
    mask = np.zeros(target.shape, bool)
    for place in lesions:
        mask[place] = True
    made = Case(
        name="by/hand", task=task, inputs={}, target=target, unit="SUV", scale=10.0, windows=(), spacing=(1.0, 1.0),
        region=np.ones(target.shape, bool), labels=np.ones(target.shape, np.uint8), lesions=mask,
    )  # fmt: skip
    return replace(made, **more)


def test_errors_by_hand():
    """Errors 1, 1, 0, 0 of a target whose mean is 2: MSE 1/2."""
    values = score(np.float32([[2, 1], [3, 2]]), case([[1, 2], [3, 2]]), ["mae", "nrmse", "target_psnr"])
    assert values["mae"] == 0.5
    assert values["nrmse"] == pytest.approx(np.sqrt(0.5) / 2)
    assert values["target_psnr"] == pytest.approx(10 * np.log10(100 / 0.5))  # 23.01 dB


def test_psnr_equals_scikit_image():
    from skimage.metrics import peak_signal_noise_ratio

    x, y = np.random.default_rng(0).random((2, 16, 20)).astype(np.float32) * 7
    theirs = peak_signal_noise_ratio(x.astype(float), y.astype(float), data_range=10)
    assert score(y, case(x), "target_psnr")["target_psnr"] == pytest.approx(theirs)


def test_only_the_body_counts():
    region = np.array([[True, False]])
    assert score(np.float32([[1, 99]]), case([[1, 0]], region=region), "mae")["mae"] == 0


def test_the_bias_of_lesions_by_hand():
    """Lesion means 3 of 4 and 8 of 8, maxima 4 of 5 and 8 of 8: -25 and 0 %, -20 and 0 %."""
    known = case([[3, 5, 0, 8]], lesions=[(0, slice(0, 2)), (0, 3)])
    values = score(np.float32([[2, 4, 0, 8]]), known, ["suv_mean_bias", "suv_max_bias"])
    assert values == {"suv_mean_bias": pytest.approx(-12.5), "suv_max_bias": pytest.approx(-10)}


def test_tissue_noise_is_that_of_the_error_inside_tissues():
    """Known noise of 0.4 on an uptake of 2 is 20 %; a step between tissues and a constant offset are no noise."""
    rng = np.random.default_rng(1)
    columns, drift = np.arange(80), np.linspace(-0.5, 0.5, 60)[:, None]  # what varies in the target is no noise
    target = np.where(columns < 40, 2.0, 4.0) * (1 + drift)
    labels = np.where(columns < 40, 1, 2).astype(np.uint8) * np.ones((60, 1), np.uint8)
    known = case(target, labels=labels)
    noise = rng.standard_normal(target.shape) * 0.2 * np.where(columns < 40, 2.0, 4.0)
    result = (target + 0.3 + noise).astype(np.float32)
    assert score(result, known, "tissue_noise")["tissue_noise"] == pytest.approx(20, rel=0.05)
    assert score((target + 0.3).astype(np.float32), known, "tissue_noise")["tissue_noise"] < 1e-4


def test_nan_with_a_warning_where_there_is_no_value():
    with pytest.warns(MetricWarning, match="suv_mean_bias is NaN: the case has no lesions"):
        assert np.isnan(score(np.ones((2, 2), np.float32), case(np.ones((2, 2))), "suv_mean_bias")["suv_mean_bias"])


def test_what_does_not_fit_is_answered():
    known = case(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"result: expected the grid of the target, \(2, 2\), got \(2, 3\)"):
        score(np.ones((2, 3), np.float32), known)
    with pytest.raises(TypeError, match="result: expected finite floats for enhancement, got bool"):
        score(np.ones((2, 2), bool), known)
    with pytest.raises(ValueError, match="'dice' judges segmentation, not enhancement; use mae"):
        score(np.ones((2, 2), np.float32), known, "dice")
    x = np.zeros((20, 20), np.float32)
    with pytest.raises(ValueError, match="'dice' judges segmentation, not fusion; use metrics.score"):
        evaluate(x, x, x, "dice")
