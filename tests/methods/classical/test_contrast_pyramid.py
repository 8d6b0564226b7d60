import numpy as np
import pytest
from scipy import ndimage, signal

from medfuse_course.core.random import generator
from medfuse_course.datasets import load_pair
from medfuse_course.methods import fuse
from medfuse_course.methods.classical.contrast_pyramid import contrast_pyramid
from medfuse_course.transforms.pyramid import expand, reduce

GUARD = 1 / 255


def ratio(image, guard=GUARD):
    return (image + guard) / (expand(reduce(image), image.shape) + guard)


@pytest.mark.parametrize("selection", ["contrast", "ratio"])
def test_one_level_by_hand(gray_pair, selection):
    a, b = (image.astype(np.float64) for image in gray_pair)
    of_a, of_b = ratio(a), ratio(b)
    offset = 1 if selection == "contrast" else 0
    chosen = np.where(np.abs(of_a - offset) > np.abs(of_b - offset), of_a, of_b)
    expected = chosen * (expand((reduce(a) + reduce(b)) / 2, a.shape) + GUARD) - GUARD
    np.testing.assert_allclose(contrast_pyramid(a, b, levels=1, selection=selection), expected, atol=1e-12)


def test_the_ratio_rule_loses_the_dark_spot_and_contrast_keeps_it():
    """A dark and a bright spot against a flat image: by ``|R|`` flat gray (R = 1) beats the dark (R < 1)."""
    spots = np.full((64, 64), 0.5, np.float32)
    spots[20, 20], spots[44, 44] = 0.3, 0.7
    flat = np.full_like(spots, 0.5)
    by_contrast, by_ratio = (fuse(spots, flat, "contrast_pyramid", selection=s) for s in ("contrast", "ratio"))
    assert by_contrast[20, 20] == pytest.approx(0.3, abs=0.02)
    assert by_contrast[44, 44] == pytest.approx(0.7, abs=0.02)
    assert by_ratio[20, 20] > 0.45
    assert by_ratio[44, 44] > 0.65


def test_black_has_nothing_to_show():
    """Beside an image that is black, all contrasts are those of the other one; the base alone is halved.

    Without the guard above the ratio, black over black would be ``R = 0``, the strongest contrast there is.
    """
    a = 0.3 + 0.4 * generator(0, "black").random((64, 64))
    fused = contrast_pyramid(a, np.zeros_like(a))
    low = reduce(reduce(reduce(reduce(a))))
    share = (low / 2 + GUARD) / (low + GUARD)
    np.testing.assert_allclose(fused + GUARD, (a + GUARD) * share.mean(), atol=0.002)


@pytest.mark.parametrize("seed", [0, 4])
def test_black_beside_light_erases_the_other_source(seed):
    """The fat under the skin: bright in MRI, black in the CT's brain window, beside bright bone. A page says so."""
    pair = load_pair("head/mri-ct", seed=seed)
    fat = pair.truth.labels == next(k for k, name in pair.truth.label_names.items() if name == "fat")

    def kept(method, **options):
        return fuse(pair.a, pair.b, method, **options)[fat].mean() / pair.a[fat].mean()

    assert kept("contrast_pyramid") < 0.15 < 0.75 < kept("laplacian_pyramid")
    assert kept("contrast_pyramid", guard=0.1) < 0.3


def test_the_toolbox_profile_follows_its_formula_in_the_interior():
    """|R| with eps in the denominator alone, largest in 3 x 3, five votes of nine: two levels written out."""
    rng = generator(0, "toolbox")
    a, b = 0.1 + 0.8 * rng.random((2, 64, 48))

    def one_level(x, y, deeper):
        low_x, low_y = reduce(x), reduce(y)
        of_x, of_y = x / (expand(low_x, x.shape) + 1e-6 / 255), y / (expand(low_y, y.shape) + 1e-6 / 255)
        prefers_x = ndimage.maximum_filter(of_x, 3) > ndimage.maximum_filter(of_y, 3)
        votes = signal.convolve2d(prefers_x.astype(int), np.ones((3, 3), int), mode="same", boundary="symm")
        around = expand(deeper(low_x, low_y), x.shape) + 1e-6 / 255
        return np.where(votes > 4, of_x, of_y) * around

    expected = one_level(a, b, lambda x, y: one_level(x, y, lambda u, v: (u + v) / 2))
    inside = np.s_[14:-14, 14:-14]
    fused = contrast_pyramid(a, b, levels=2, profile="toolbox")
    np.testing.assert_allclose(fused[inside], expected[inside], atol=1e-10)


@pytest.mark.parametrize("shape", [(45, 38), (16, 16), (37, 64)])
def test_the_toolbox_profile_takes_any_size_and_keeps_equals(shape):
    image = generator(1, "toolbox").random(shape, dtype=np.float32)
    image[:5] = 0
    np.testing.assert_allclose(contrast_pyramid(image, image, profile="toolbox"), image, atol=1e-6)


def test_every_rule_works_on_contrasts(gray_pair):
    plain = fuse(*gray_pair, "contrast_pyramid")
    for rule in ("choose_max_consistent", "match_salience", "local_energy"):
        assert np.abs(fuse(*gray_pair, "contrast_pyramid", rule=rule) - plain).max() > 1e-3


def test_unknown_options(gray_pair):
    with pytest.raises(ValueError, match="unknown profile 'tolbox'; did you mean 'toolbox'"):
        fuse(*gray_pair, "contrast_pyramid", profile="tolbox")
    with pytest.raises(ValueError, match="unknown selection 'ratios'; did you mean 'ratio'"):
        fuse(*gray_pair, "contrast_pyramid", selection="ratios")
    with pytest.raises(ValueError, match="guard: expected a number from 0 to 1, got -1"):
        fuse(*gray_pair, "contrast_pyramid", guard=-1)
