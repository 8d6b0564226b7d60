"""From features to weights: by hand, by SciPy, and what no scale, order or black image may change."""

import numpy as np
import pytest
from scipy import ndimage, special

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.feature_weights import (  # noqa: E402
    activity,
    exponential,
    ratio,
    to_grid,
    weight_of_a,
    window_mean,
)


def features(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_weights_by_hand():
    """Two channels: activities 4 and 2 at one place, 6 and 2 at the other; nothing at the third."""
    a = torch.tensor([[[[1.0, -3, 0]], [[-3, 3, 0]]]])
    b = torch.tensor([[[[2.0, 1, 0]], [[0, -1, 0]]]])
    assert activity(a).flatten().tolist() == [4, 6, 0]
    weights = weight_of_a(a, b, window=1)
    torch.testing.assert_close(weights.flatten(), torch.tensor([4 / 6, 6 / 8, 1 / 2]))
    summed = weight_of_a(a, b)  # zeros beyond the border: (4 + 6) / 9 against (2 + 2) / 9, and so on
    torch.testing.assert_close(summed.flatten(), torch.tensor([10 / 14, 10 / 14, 6 / 8]))


def test_the_mean_and_the_exponential_are_scipys():
    a, b = (activity(features(k, 2, 5, 9, 7)) for k in (0, 1))
    means = ndimage.uniform_filter(a.numpy(), (1, 1, 5, 5), mode="constant")
    np.testing.assert_allclose(window_mean(a, 5), means)
    largest = torch.maximum(a, b).amax(dim=(1, 2, 3), keepdim=True)
    shares = special.softmax(np.stack([(x / largest).numpy() for x in (a, b)]) / 0.3, axis=0)
    np.testing.assert_allclose(exponential(a, b, 0.3), shares[0])


@pytest.mark.parametrize("weighting", ["ratio", "exp"])
def test_neither_scale_nor_order_nor_black_makes_a_difference(weighting):
    a, b = (features(k, 2, 5, 9, 7) for k in (0, 1))
    weight = weight_of_a(a, b, weighting=weighting)
    assert 0 <= weight.min() < 0.5 < weight.max() <= 1
    for scale in (1e-30, 1e30):
        torch.testing.assert_close(weight_of_a(scale * a, scale * b, weighting=weighting), weight)
    torch.testing.assert_close(weight_of_a(b, a, weighting=weighting), 1 - weight)
    assert (weight_of_a(0 * a, 0 * b, weighting=weighting) == 0.5).all()
    assert (ratio(torch.tensor(1e-44), torch.tensor(0.0)) == 1).all()
    assert weight_of_a(torch.nan * a, b, weighting=weighting).isnan().all()  # what went wrong is not an average


@pytest.mark.parametrize(("temperature", "expected"), [(1e-4, [1, 0.5, 0]), (1e6, [0.5, 0.5, 0.5])])
def test_the_temperature_runs_from_choosing_to_averaging(temperature, expected):
    a, b = (torch.tensor(values).reshape(1, 1, 1, 3) for values in ([9.0, 4, 1], [1.0, 4, 900]))
    np.testing.assert_allclose(exponential(a, b, temperature).flatten(), expected, atol=1e-6)


def test_the_grid_of_the_image_is_squares_or_smooth_and_never_leaves_the_range():
    weight = (features(3, 2, 1, 4, 3) > 0).double()
    np.testing.assert_array_equal(to_grid(weight, (16, 12)), np.kron(weight, np.ones((4, 4))))
    for how in ("bilinear", "bicubic"):
        grown, constant = to_grid(weight, (17, 13), how), to_grid(weight * 0 + 0.25, (17, 13), how)
        assert grown.shape == (2, 1, 17, 13) and grown.min() >= 0 and grown.max() <= 1
        torch.testing.assert_close(constant, torch.full_like(constant, 0.25))


def test_bad_choices_are_named():
    a = features(0, 1, 2, 4, 4)
    with pytest.raises(ValueError, match="unknown weighting 'exps'; did you mean 'exp'"):
        weight_of_a(a, a, weighting="exps")
    with pytest.raises(ValueError, match="unknown upsampling 'cubic'; did you mean 'bicubic'"):
        to_grid(a, (8, 8), "cubic")
    with pytest.raises(ValueError, match="side: expected an odd number"):
        weight_of_a(a, a, window=4)
    with pytest.raises(ValueError, match="temperature: expected a positive"):
        weight_of_a(a, a, weighting="exp", temperature=0)
