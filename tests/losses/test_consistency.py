"""Structural consistency: by hand, and against its formula under SciPy's window."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from scipy.ndimage import gaussian_filter  # noqa: E402

from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.losses import contrast_structure, gradient_correlation, gradient_ssim, sobel, ssim  # noqa: E402


def images(seed=0, side=20):
    return (torch.from_numpy(x)[None, None] for x in generator(seed, "consistency").random((2, side, side)))


def ramp(across, down, side=12):
    """Inside it the Sobel slopes are the numbers given; the reflected border flattens the outer pixels."""
    rows, columns = torch.meshgrid(torch.arange(side) / side, torch.arange(side) / side, indexing="ij")
    return (across * columns + down * rows)[None, None].double()


def test_correlation_of_two_ramps_by_hand():
    """(3, 4) against (1, 0): 3 / 5. A reflected border takes one slope from two columns, the other from two rows."""
    of_f, of_a = ramp(3, 4), ramp(1, 0)
    n = 12
    across, down = (n - 2) * n * 9, (n - 2) * n * 16
    expected = (n - 2) * n * 3 / np.sqrt((across + down) * (n - 2) * n)
    assert float(gradient_correlation(of_f, of_a)) == pytest.approx(expected, abs=1e-4) == pytest.approx(0.6, abs=1e-4)
    assert float(gradient_correlation(ramp(0, 2), of_a)) == pytest.approx(0, abs=1e-6)


def test_correlation_of_a_batch_is_the_mean_over_its_images():
    (f, a), (g, b) = images(1), images(2)
    one, other = float(gradient_correlation(f, a)), float(gradient_correlation(5 * g, b))
    both = gradient_correlation(torch.cat([f, 5 * g]), torch.cat([a, b]))
    assert float(both) == pytest.approx((one + other) / 2, rel=1e-6)


def test_scale_counts_for_ssim_only_and_an_inverted_edge_is_no_edge():
    f, _ = images()
    assert float(gradient_correlation(0.3 * f + 0.2, f)) == pytest.approx(1, abs=1e-3)
    assert float(gradient_correlation(1 - f, f)) == pytest.approx(-1, abs=1e-3)
    assert float(gradient_ssim(f + 0.2, f)) == pytest.approx(1, abs=1e-6)
    assert float(gradient_ssim(0.3 * f, f)) < 0.8 and float(gradient_ssim(1 - f, f)) < -0.8


def test_an_inverted_edge_is_praised_by_the_luminance_factor():
    """Why it is left out: of one edge, dark to bright against bright to dark, SSIM is the product of two negatives."""
    edge = torch.zeros(1, 1, 30, 30, dtype=torch.float64)
    edge[..., 15:] = 1
    across, inverted = (sobel(image)[0][..., 5:25, 8:23] for image in (edge, 1 - edge))
    assert float(ssim(across, inverted)) > 0.9 and float(contrast_structure(across, inverted)) < 0.1
    assert float(gradient_ssim(edge, edge)) == 1
    assert float(gradient_ssim(1 - edge, edge, luminance=True)) > 0.8


def test_ssim_of_slopes_is_its_formula_under_scipys_window():
    f, a = images(1)

    def mean(x):
        return gaussian_filter(x, 1.5, radius=5)[5:-5, 5:-5]

    told = []
    for of_f, of_a in zip(sobel(f), sobel(a), strict=True):
        x, y = of_f[0, 0].numpy(), of_a[0, 0].numpy()
        shared = mean(x * y) - mean(x) * mean(y)
        spread = mean(x * x) - mean(x) ** 2 + mean(y * y) - mean(y) ** 2
        told.append(((2 * shared + 9e-4) / (spread + 9e-4)).mean())
    assert float(gradient_ssim(f, a)) == pytest.approx(np.mean(told), abs=1e-9)


def test_flat_images_give_numbers_and_gradients_flow():
    flat = torch.zeros(1, 1, 12, 12, requires_grad=True)
    _, a = images(2, 12)
    value = gradient_correlation(flat, a.float()) + gradient_ssim(flat, a.float())
    (slope,) = torch.autograd.grad(value, flat)
    assert torch.isfinite(value) and torch.isfinite(slope).all() and slope.abs().max() > 0
