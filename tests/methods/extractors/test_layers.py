"""Several layers, one image: two weights are enough, the maximum is never below the mean, complex values move whole."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.layers import combine, layer_weights  # noqa: E402
from tests.methods.extractors.fake import Fake  # noqa: E402


def noise(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_the_largest_of_all_candidates_needs_two_of_them():
    weights, a, b = noise(0, 5, 2, 1, 8, 9).sigmoid(), noise(1, 2, 3, 8, 9), noise(2, 2, 3, 8, 9)
    each = weights * a + (1 - weights) * b
    torch.testing.assert_close(combine(a, b, weights), each.amax(0))
    torch.testing.assert_close(combine(a, b, weights, "mean"), each.mean(0))
    assert (combine(a, b, weights) >= combine(a, b, weights, "mean") - 1e-12).all()
    strongest = each.gather(0, each.abs().argmax(0)[None])[0]
    torch.testing.assert_close(combine(a, b, weights, "strongest"), strongest)
    for how in ("maximum", "mean", "strongest"):
        torch.testing.assert_close(combine(b, a, 1 - weights, how), combine(a, b, weights, how))


def test_a_complex_value_moves_whole():
    weights = torch.tensor([0.25, 1.0]).reshape(2, 1, 1, 1, 1)
    a, b = torch.tensor(3 + 0j).reshape(1, 1, 1, 1), torch.tensor(0 - 8j).reshape(1, 1, 1, 1)
    assert combine(a, b, weights, "strongest").item() == 0.75 - 6j  # |0.75 - 6i| > |3|
    assert combine(-b, b, torch.tensor([0.5, 0.0, 1.0]).reshape(3, 1, 1, 1, 1), "strongest").item() == 0  # a tie


def test_each_layer_weighs_squares_of_its_own_and_any_size_goes_in():
    """One bright pixel of a: in layer i the square of ``2^i`` pixels around it, and its neighbors, belong to a."""
    a = torch.zeros(1, 1, 21, 35, dtype=torch.float64)
    a[..., 9, 9] = 1.0
    weights = layer_weights(Fake(), a, torch.zeros_like(a))
    assert weights.shape == (4, 1, 1, 21, 35) and set(weights.unique().tolist()) == {0.5, 1.0}
    for i, ours in enumerate(weights[:, 0, 0] == 1):
        rows = np.flatnonzero(ours.any(1))
        assert (rows[0], rows[-1]) == (2**i * (9 // 2**i - 1), min(21, 2**i * (9 // 2**i + 2)) - 1)
    torch.testing.assert_close(layer_weights(Fake(), a, a * 0, count=2), weights[:2])
    assert len(layer_weights(Fake(3), a, a * 0, count=4)) == 3


def test_a_bad_combination_is_named():
    a = noise(0, 1, 1, 4, 4)
    with pytest.raises(ValueError, match="unknown combination 'max'"):
        combine(a, a, a[None], "max")
