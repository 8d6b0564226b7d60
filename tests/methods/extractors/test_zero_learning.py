"""Two scales without learning: each step by hand, and all of it against the authors' code written again in NumPy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.guided_filter import guided_filter  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods.extractors.zero_learning import ZeroLearning, base_share, rarity, split, stretched  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import load_extractor  # noqa: E402


def bare():
    return ZeroLearning(load_extractor("vgg19", "none", normalize=False))


def images(shape=(64, 48)):
    pair = load_pair("head/mri-ct", seed=3)
    return [
        np.ascontiguousarray(x[60 : 60 + shape[0], 80 : 80 + shape[1]]).astype(np.float64) for x in (pair.a, pair.b)
    ]


def test_rarity_by_hand():
    """Three pixels of 10 and one of 50: 10 is 0, 0, 0 and 40 away from all, 50 is 40, 40, 40 and 0."""
    image = np.array([[10, 10], [10, 50]]) / 255
    np.testing.assert_allclose(rarity(image), [[10, 10], [10, 30]])


def mirrored_mean(image):
    """The mean of 45 x 45 pixels by sums, mirrored without repeating the edge."""
    padded = np.pad(image, 22, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (45, 45))
    return windows.mean(axis=(-2, -1))


def test_the_result_is_what_the_authors_code_does():
    a, b = images((61, 46))  # no multiple of what VGG halves: nothing but the image counts
    network = bare().double()
    sources, shares, details, seen = (a, b), [], [], []
    for x in sources:
        pixels = np.floor(255 * x + 0.5).astype(int)
        shares.append(np.array([[np.abs(pixels - value).mean() for value in row] for row in pixels]))
    total = shares[0] + shares[1]
    smoothed = [guided_filter(x, share / total, 45, 0.01).clip(0, 1) for x, share in zip(sources, shares, strict=True)]
    bases = [mirrored_mean(x) for x in sources]
    base = (smoothed[0] * bases[0] + smoothed[1] * bases[1]) / (smoothed[0] + smoothed[1])
    for x, low in zip(sources, bases, strict=True):
        detail = x - low
        with torch.no_grad():
            features = network.extractor.levels(torch.from_numpy(detail)[None, None], 1)[0][0].numpy()
        felt = np.abs(features).sum(axis=0)
        seen.append(np.exp((felt - felt.min()) / (felt.max() - felt.min())))
        details.append(detail)
    expected = base + (seen[0] * details[0] + seen[1] * details[1]) / (seen[0] + seen[1])
    with torch.no_grad():
        fused = network(*(torch.from_numpy(x)[None, None] for x in sources))[0, 0].numpy()
    np.testing.assert_allclose(fused, expected, atol=1e-5)
    np.testing.assert_allclose(run_network(bare(), a, b), expected, atol=1e-5)
    assert run_network(bare(), a, b, stage=5).shape == a.shape


def test_a_detail_that_only_one_source_has_loses_a_quarter_at_least():
    """The exponential share of numbers in [0, 1] lies between 1 / (1 + e) and e / (1 + e)."""
    network = bare().double()
    detail = torch.from_numpy(images()[0])[None, None]
    detail = detail - split(detail)
    with torch.no_grad():
        weight = network.detail_weight(detail, 0 * detail)
        assert weight.max() == pytest.approx(np.e / (1 + np.e), abs=1e-6)
        assert weight.min() >= 1 / (1 + np.e) - 1e-9
        torch.testing.assert_close(network.detail_weight(0 * detail, detail), 1 - weight)
        full = network.detail_weight(detail, 0 * detail, weighting="ratio")
    assert full.max() == 1 and full.min() >= 0


def test_what_says_nothing_weighs_a_half():
    flat = torch.full((1, 1, 4, 4), 3.0)
    assert (stretched(flat) == 0).all()
    black = np.zeros((32, 40), np.float32)
    assert (base_share(black, black) == 0.5).all()
    assert (run_network(bare(), black, black) == 0).all()


def test_bad_choices_and_tiles_are_answered():
    network, a = bare(), np.zeros((32, 32), np.float32)
    with pytest.raises(ValueError, match="unknown weighting 'expo'; did you mean 'exp'"):
        run_network(network, a, a, weighting="expo")
    with pytest.raises(ValueError, match="stage: expected a whole number from 1 to 5, got 0"):
        run_network(network, a, a, stage=0)
    with pytest.raises(ValueError, match="tile: expected None: ZeroLearning looks at the whole image, got 16"):
        run_network(network, a, a, tile=16)
