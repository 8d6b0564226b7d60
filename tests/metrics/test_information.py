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


def test_the_linfeng_kit_cannot_tell_254_from_255_in_pairs_alone():
    """By hand: its single entropies know all levels, its joint one takes 254 and 255 for one."""
    almost = np.array([[0, 0], [254, 255]], np.float32) / 255  # 1.5 bits; 1 with both levels as one
    assert value("mi", almost, almost, almost) == pytest.approx(2 * 1.5)
    assert value("mi", almost, almost, almost, preset="linfeng") == pytest.approx(2 * (1.5 + 1.5 - 1))
    assert value("mi", FOUR, almost, FOUR, preset="linfeng") == pytest.approx((1.5 + 1.5 - 1.5) + 1.5)
    assert value("mi", FOUR, FOUR, almost, preset="linfeng") == pytest.approx(1.5 + (1.5 + 1.5 - 1.5))


def test_with_many_white_pixels_the_linfeng_kit_says_more_than_an_image_holds():
    """The kit's own steps, written out: counts of pairs in 8 bits that stop at 255, counts of levels that do not."""
    levels = np.random.default_rng(0).choice([3, 254, 255], size=(3, 40, 40), p=[0.2, 0.4, 0.4]).astype(np.uint8)
    f, *sources = levels
    printed = 0.0
    for source in sources:
        pairs = np.zeros((257, 257))
        for i, j in zip(f.ravel(), source.ravel(), strict=True):
            pairs[min(int(i) + 1, 255), min(int(j) + 1, 255)] += 1
        alone = [entropy(np.bincount(image.ravel(), minlength=256), base=2) for image in (f, source)]
        printed += sum(alone) - entropy(pairs.ravel(), base=2)
    images = (levels / 255).astype(np.float32)
    assert value("mi", *images, preset="linfeng") == pytest.approx(printed)
    assert printed > value("mi", *images) + 1


def test_normalized_mutual_information_by_hand():
    # I / (H(F) + H(A)) is 1 / (1.5 + 1) with HALVES and 1.5 / 3 with itself.
    assert value("nmi", FOUR, HALVES, FOUR) == pytest.approx(2 * (0.4 + 0.5))


def test_two_constants_have_no_normalized_mutual_information():
    with pytest.warns(MetricWarning, match="nmi is NaN: f and b are both constant"):
        assert np.isnan(value("nmi", FLAT, HALVES, FLAT))
    assert value("nmi", FLAT, HALVES, FOUR) == 0


def test_semantic_loss_by_hand():
    """H(FOUR) is 1.5 bits, H(HALVES) and H(COLUMNS) 1 bit each."""
    assert value("semantic_loss", FOUR, HALVES, FOUR) == 0  # four levels tell both
    # Rows tell rows, and leave columns open: (0 + 1) / (1 + 1).
    assert value("semantic_loss", HALVES, HALVES, COLUMNS) == pytest.approx(1 / 2)
    # HALVES leaves open which of two levels FOUR has in the lower row, 1 bit for half of the pixels: 1/2 of 1.5 + 1.
    assert value("semantic_loss", HALVES, HALVES, FOUR) == pytest.approx(0.5 / 2.5)
    assert value("semantic_loss", FLAT, HALVES, FOUR) == 1


def test_an_average_of_opposites_loses_their_meaning():
    """Bone is bright in the one source and dark in the other, fat the other way: both become gray."""
    average = (HALVES + (1 - HALVES)) / 2
    assert value("semantic_loss", average, HALVES, 1 - HALVES) == 1
    assert value("semantic_loss", 1 - 0.2 * HALVES, HALVES, 1 - HALVES) == 0


def test_semantic_loss_is_the_complement_of_mutual_information():
    """``1 - MI / (H(A) + H(B))`` where bins hold one gray level that occurs: on one pair both rank alike."""
    rng = np.random.default_rng(0)
    f, a, b = (rng.integers(0, 32, (40, 41)).astype(np.float32) * 8 / 255 for _ in range(3))
    entropies = value("en", a, a, a) + value("en", b, b, b)
    assert value("semantic_loss", f, a, b) == pytest.approx(1 - value("mi", f, a, b) / entropies)


def test_noise_in_the_last_bits_is_no_meaning():
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    assert value("semantic_loss", np.full_like(image, 0.5), image, image) == pytest.approx(1)
    other = np.random.default_rng(1).random((256, 256)).astype(np.float32)
    unrelated = np.random.default_rng(2).random((256, 256)).astype(np.float32)
    assert value("semantic_loss", other, unrelated, unrelated) > 0.99  # 256 levels would say 0.93


def test_two_constants_have_no_meaning_to_lose():
    with pytest.warns(MetricWarning, match="semantic_loss is NaN: a and b are both constant"):
        assert np.isnan(value("semantic_loss", FOUR, FLAT, FLAT))
