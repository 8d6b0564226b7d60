import numpy as np
import pytest
import pywt
from scipy import ndimage

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.tight_frame import tight_frame
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.transforms.tight_frame import analyse, dct_filters, learn, synthesise


def test_two_by_two_cosines_agree_with_pywavelets():
    """The untrained frame of 2 x 2 filters is the undecimated Haar wavelet: fuse there, come back from there."""
    a, b = np.random.default_rng(0).random((2, 32, 46))
    (base_a, details_a), (base_b, details_b) = (pywt.swt2(x, "haar", 1)[0] for x in (a, b))
    details = tuple(np.where(np.abs(x) > np.abs(y), x, y) for x, y in zip(details_a, details_b, strict=True))
    expected = pywt.iswt2([((base_a + base_b) / 2, details)], "haar")
    fused = tight_frame(a, b, size=2, iterations=0, rule="choose_max")
    np.testing.assert_allclose(fused, expected, atol=1e-12)


def test_large_structure_is_averaged():
    """Two discs far larger than the filters: inside, each is left with half of its contrast."""
    y, x = np.indices((64, 64))
    a = (np.hypot(y - 20, x - 20) < 14).astype(np.float32)
    b = (np.hypot(y - 44, x - 44) < 14).astype(np.float32)
    fused = fuse(a, b, "tight_frame", size=4)
    inside = np.hypot(y - 20, x - 20) < 7
    np.testing.assert_allclose(fused[inside], 0.5, atol=1e-6)


def test_details_of_both_survive():
    a, b = np.full((64, 64), 0.5, np.float32), np.full((64, 64), 0.5, np.float32)
    texture = 0.2 * np.sign(np.sin(np.arange(64) * 1.3)).astype(np.float32)
    a[:, :32] += texture[:, None]
    b[:, 32:] += texture[:, None]
    fused, mean = fuse(a, b, "tight_frame"), (a + b) / 2
    for half in (np.s_[8:-8, 10:22], np.s_[8:-8, 42:54]):
        assert fused[half].std() > 0.9 * (a + b - 0.5)[half].std()
        assert mean[half].std() < 0.51 * (a + b - 0.5)[half].std()


def test_filters_are_learned_from_both_images(gray_pair):
    """Other filters, another result: with none learned, and with those of a alone or b alone."""
    a, b = gray_pair
    options = {"rule": "choose_max", "base_rule": "choose_max"}
    fused, frames = tight_frame(a, b, **options), [dct_filters(8), learn([a]), learn([b]), learn([a, b])]
    others = [synthesise(fuse_bands(analyse(a, f), analyse(b, f), **options)) for f in frames]
    distances = [float(np.abs(fused - other).max()) for other in others]
    assert min(distances[:3]) > 1e-3
    assert distances[3] < 1e-6


def test_linear_rules_give_linear_fusion(gray_pair):
    """Average every band: a tight frame must then be as if it were not there."""
    fused = fuse(*gray_pair, "tight_frame", rule="average")
    np.testing.assert_allclose(fused, (gray_pair[0] + gray_pair[1]) / 2, atol=1e-6)


def test_base_rules_reach_the_base(gray_pair):
    """Average details and choose the base: what changes is as smooth as the frame's average makes it."""
    a, b = (x.astype(np.float64) for x in gray_pair)
    base_a, base_b = (ndimage.uniform_filter(x, 4, mode="wrap") for x in (a, b))
    change = np.where(np.abs(base_a) > np.abs(base_b), base_a, base_b) - (base_a + base_b) / 2
    expected = (a + b) / 2 + ndimage.uniform_filter(change, 4, mode="wrap", origin=-1)
    fused = tight_frame(a, b, size=4, rule="average", base_rule="choose_max")
    np.testing.assert_allclose(fused, expected, atol=1e-10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 9}, "size: expected a whole number from 2 to 8, got 9"),
        ({"rule": "choose_maximum"}, "unknown rule 'choose_maximum'"),
        ({"threshold": -1}, "threshold: expected 0 or more"),
    ],
)
def test_bad_options_are_named(options, words, gray_pair):
    with pytest.raises(ValueError, match=words):
        fuse(*gray_pair, "tight_frame", **options)
