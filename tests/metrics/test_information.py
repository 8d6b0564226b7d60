import numpy as np
import pytest
from scipy.stats import entropy

from medfuse_course.metrics import MetricWarning, evaluate

FOUR = np.array([[0, 0], [85, 255]], np.float32) / 255
HALVES = np.array([[0, 0], [255, 255]], np.float32) / 255
COLUMNS = np.array([[0, 255], [0, 255]], np.float32) / 255
FLAT = np.full((2, 2), 0.5, np.float32)


def value(slug, *images, preset="course"):
    return evaluate(*images, slug, preset)[slug]


def test_entropy_by_hand():
    assert value("en", FOUR, FOUR, FOUR) == pytest.approx(1.5)  # 1/2 of 1 bit, twice 1/4 of 2 bits
    assert value("en", HALVES, FOUR, FOUR) == pytest.approx(1)
    assert str(value("en", FLAT, FOUR, FOUR)) == "0.0"  # not -0.0


def test_entropy_equals_scipy():
    image = np.random.default_rng(0).random((50, 60)).astype(np.float32) ** 3
    counts = np.bincount(np.rint(image * 255).astype(int).ravel())
    assert value("en", image, image, image) == pytest.approx(entropy(counts, base=2))


def test_uniform_noise_has_nearly_all_8_bits():
    noise = np.random.default_rng(0).random((256, 256)).astype(np.float32)
    assert 7.99 < value("en", noise, noise, noise) < 8


def test_mutual_information_by_hand():
    # With itself an image shares its entropy; rows and columns share nothing; FOUR knows HALVES completely.
    assert value("mi", HALVES, HALVES, COLUMNS) == pytest.approx(1 + 0)
    assert value("mi", FOUR, HALVES, FOUR) == pytest.approx(1 + 1.5)
    assert value("mi", FLAT, HALVES, FOUR) == 0


def test_units_differ_by_preset():
    assert value("mi", FOUR, HALVES, FOUR, preset="cddfuse") == pytest.approx(2.5 * np.log(2))
    assert value("mi", FOUR, HALVES, FOUR, preset="linfeng") == pytest.approx(2.5)


def test_the_linfeng_kit_cannot_tell_254_from_255():
    almost = np.array([[0, 0], [254, 255]], np.float32) / 255
    assert value("mi", almost, almost, almost) == pytest.approx(2 * 1.5)
    assert value("mi", almost, almost, almost, preset="linfeng") == pytest.approx(2 * 1)
    assert value("mi", FOUR, almost, FOUR, preset="linfeng") == pytest.approx(1 + 1.5)
    assert value("mi", FOUR, FOUR, almost, preset="linfeng") == pytest.approx(1.5 + 1)


def test_normalized_mutual_information_by_hand():
    # I / (H(F) + H(A)) is 1 / (1.5 + 1) with HALVES and 1.5 / 3 with itself.
    assert value("nmi", FOUR, HALVES, FOUR) == pytest.approx(2 * (0.4 + 0.5))


def test_two_constants_have_no_normalized_mutual_information():
    with pytest.warns(MetricWarning, match="nmi is NaN: f and b are both constant"):
        assert np.isnan(value("nmi", FLAT, HALVES, FLAT))
    assert value("nmi", FLAT, HALVES, FOUR) == 0
