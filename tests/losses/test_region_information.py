"""Region information: against the determinant of NumPy, and what it must do with copies, negatives and noise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import region_information  # noqa: E402


def by_hand(f, x, eps=5e-4):
    """Neighborhoods gathered by loops; what is left by a least-squares prediction with a ridge."""

    def gathered(image):
        rows, columns = image.shape
        places = [image[i : i + 3, j : j + 3].ravel() for i in range(rows - 2) for j in range(columns - 2)]
        return (np.array(places) - np.mean(places, axis=0)).T

    p, y = gathered(f), gathered(x)
    left = y @ y.T - y @ p.T @ np.linalg.inv(p @ p.T + eps * np.eye(9)) @ p @ y.T
    return -np.linalg.slogdet(left + eps * np.eye(9))[1] / 18


def test_against_numpy():
    f, x = np.random.default_rng(0).random((2, 12, 15))
    found = region_information(torch.from_numpy(f)[None, None], torch.from_numpy(x)[None, None], stride=1)
    assert found.item() == pytest.approx(by_hand(f, x), rel=1e-9)
    cells = x[:12, :15].copy()
    framed = np.pad(cells, 1, constant_values=-np.inf)  # cells of 3 x 3, the first of which begins before the border
    small = np.array([[framed[i : i + 3, j : j + 3].max() for j in range(0, 14, 3)] for i in range(0, 12, 3)])
    found = region_information(torch.from_numpy(x)[None, None], torch.from_numpy(x)[None, None])
    assert found.item() == pytest.approx(by_hand(small, small), rel=1e-6)


def test_a_copy_and_a_negative_say_all_noise_says_nothing():
    x, noise = torch.rand(2, 1, 1, 48, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    copy, negative, other = (region_information(f, x).item() for f in (x, 1 - x, noise))
    assert copy > other + 1
    assert region_information(1 - x, x, stride=1).item() == pytest.approx(region_information(x, x, stride=1).item())
    assert negative > other


@pytest.mark.parametrize("stride", [2, 3])
def test_a_stride_is_the_largest_of_so_many_pixels(stride):
    f, x = torch.rand(2, 1, 1, 24, 24, generator=torch.Generator().manual_seed(3))
    pooled = [torch.nn.functional.max_pool2d(i, stride, stride, padding=stride // 2) for i in (f, x)]
    expected = region_information(*pooled, stride=1).item()
    assert region_information(f, x, stride=stride).item() == pytest.approx(expected, rel=1e-6)
