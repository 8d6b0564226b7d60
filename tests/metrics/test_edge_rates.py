import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.metrics import MetricWarning, evaluate
from medfuse_course.metrics.edge_rates import find_edges
from tests.metrics.scenes import noisy, sources

BOTH = ["hallucinated_edges", "missed_edges"]


def rates(f, a, b):
    values = evaluate(f, a, b, BOTH)
    return values["hallucinated_edges"], values["missed_edges"]


def panel(*columns, height=0.8, rows=40):
    """Black to the left of the first column, bright to the right of it, black again from the next, and so on."""
    image = np.zeros((rows, 60), np.float32)
    for left, right in zip(columns[::2], columns[1::2], strict=True):
        image[:, left:right] = height
    return image


def test_a_pasted_edge_is_hallucinated_and_an_erased_one_missed():
    # A bar has two edges of 40 pixels each.
    one, two, three = panel(8, 16), panel(8, 16, 28, 36), panel(8, 16, 28, 36, 44, 52)
    assert rates(two, one, two) == (0, 0)
    assert rates(three, one, two) == pytest.approx((2 / 6, 0))
    assert rates(one, one, two) == pytest.approx((0, 2 / 4))
    assert rates(panel(8, 16, 44, 52), one, two) == pytest.approx((2 / 4, 2 / 4))


def test_a_pasted_square_counts_its_outline():
    a = panel(8, 16)
    f = a.copy()
    f[12:24, 30:42] = 0.8
    low, high = 4 * (12 - 2), 4 * 12  # pixels: the smoothing rounds the corners
    assert low / (low + 80) <= rates(f, a, a)[0] <= high / (high + 80)


def test_within_one_pixel_is_the_same_edge_and_two_are_not():
    bar = panel(20, 40)
    assert rates(panel(21, 40), bar, bar) == (0, 0)
    assert rates(panel(22, 40), bar, bar) == (0.5, 0.5)
    assert rates(np.roll(bar, 1, axis=1), bar, bar) == (0, 0)


def test_the_scale_of_a_whole_image_does_not_count():
    a, b = sources()
    f = noisy(np.maximum(a, b), 0.01)
    expected = rates(f, a, b)
    assert rates(f * np.float32(0.3) + np.float32(0.4), a, b) == expected
    assert rates(f, a * np.float32(0.5), 1 - b) == expected


def test_edges_that_fade_below_half_the_threshold_are_missed():
    a, b = panel(8, 16), panel(30, 40)
    for height, missed in ((0.12, 0), (0.07, 0), (0.03, 0.5)):
        f = a + b * np.float32(height)
        assert rates(f, a, b) == pytest.approx((0, missed)), height


def test_the_threshold_is_the_height_of_a_step():
    for height, count in ((0.101, 80), (0.099, 40)):
        image = panel(10, 60) + panel(30, 60) * np.float32(height / (1 - height))
        assert find_edges(255.0 * image)[0].sum() == count, height


def test_noise_of_a_twentieth_of_the_range_rarely_looks_like_an_edge():
    rng = np.random.default_rng(0)
    image = 128 + 0.05 * 240 * rng.standard_normal((300, 300))
    image[:10, :150], image[:10, 150:] = 0, 250  # sets the range
    strong, every = find_edges(image)
    assert strong[20:].mean() < 0.001
    assert 0.05 < every[20:].mean() < 0.15


def test_noise_hallucinates():
    a, b = sources()
    f = np.maximum(a, b)
    values = [rates(noisy(f, sigma), a, b)[0] for sigma in (0, 0.1, 0.2)]
    assert values[0] < 0.02
    assert values[0] < values[1] < values[2]


@given(seed=st.integers(0, 2**20), rows=st.integers(3, 12))
def test_a_copy_is_without_fault(seed, rows):
    image = np.random.default_rng(seed).random((rows, 9)).astype(np.float32)
    assert rates(image, image, image) == (0, 0)
    assert rates(image, image, np.zeros_like(image)) == (0, 0)


def test_without_edges_there_is_no_rate():
    bar, flat = panel(8, 16), np.full((40, 60), 0.5, np.float32)
    almost = flat + panel(8, 16, height=np.float32(0.9 / 255))  # less than a gray level
    for image in (flat, almost):
        with pytest.warns(MetricWarning, match="hallucinated_edges is NaN: f has no edges"):
            assert np.isnan(evaluate(image, bar, bar, "hallucinated_edges")["hallucinated_edges"])
        with pytest.warns(MetricWarning, match="missed_edges is NaN: neither source has edges"):
            assert np.isnan(evaluate(bar, image, flat, "missed_edges")["missed_edges"])
    assert evaluate(flat, bar, bar, "missed_edges")["missed_edges"] == 1
    assert evaluate(bar, flat, flat, "hallucinated_edges")["hallucinated_edges"] == 1
