"""The fixed bank: unit norms, no answer to flat gray but the first, and the filters that the formulas say."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from skimage.filters import gabor_kernel  # noqa: E402

from medfuse_course.networks.filter_bank import fixed_bank  # noqa: E402


@pytest.mark.parametrize("filters", [4, 16, 24, 64])
def test_shapes_norms_and_sums(filters):
    bank = fixed_bank(filters)
    assert bank.shape == (filters, 1, 7, 7)
    assert torch.allclose(bank.flatten(1).norm(dim=1), torch.ones(filters), atol=1e-6)
    assert bank[1:].sum(dim=(1, 2, 3)).abs().max() < 1e-6
    assert bank[0].sum() > 0.9


def test_no_filter_comes_twice():
    bank = fixed_bank(64).flatten(1)
    alike = (bank @ bank.T).abs() - torch.eye(64)
    assert alike.max() < 0.999


def test_a_gabor_filter_is_that_of_scikit_image():
    """The first two after the blobs: wavelength 3, direction 0, even and odd."""
    theirs = gabor_kernel(1 / 3, theta=0, sigma_x=1.2, sigma_y=1.2, n_stds=3)
    middle = theirs.shape[0] // 2
    window = theirs[middle - 3 : middle + 4, middle - 3 : middle + 4]
    for ours, part in zip(fixed_bank(16)[2:4, 0].numpy(), (window.real, window.imag), strict=True):
        expected = part - part.mean()
        np.testing.assert_allclose(ours, expected / np.linalg.norm(expected), atol=1e-5)


def test_color_is_seen_as_its_mean():
    image = torch.rand(1, 3, 9, 9)
    color = torch.conv2d(image, fixed_bank(8, 3))
    gray = torch.conv2d(image.mean(dim=1, keepdim=True), fixed_bank(8))
    assert torch.allclose(color, gray, atol=1e-6)


def test_too_few_filters_are_refused():
    with pytest.raises(ValueError, match="filters: expected at least 4, got 3"):
        fixed_bank(3)
