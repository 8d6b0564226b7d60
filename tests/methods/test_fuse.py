"""Laws that every fusion method keeps, and the border of `fuse`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.methods import Method, adapter, fuse, fuse_stack, get_method, list_methods
from tests.methods.every_method import FUSION, each_method, each_with_a_network, each_without_a_network

shapes = st.tuples(st.integers(16, 30), st.integers(16, 30))
values = st.floats(0, 1, width=32)


def gray_images(shape):
    return hnp.arrays(np.float32, shape, elements=values)


@st.composite
def pairs(draw):
    shape = draw(shapes)
    return draw(gray_images(shape)), draw(gray_images(shape))


FEWER = settings(max_examples=settings.default.max_examples // 4)
"""Of a network, which treats one image of noise as another; its own tests look at its branches."""


def gives_an_image_and_leaves_the_pair(slug, pair):
    a, b = pair
    copies = a.copy(), b.copy()
    fused = fuse(a, b, slug)
    assert fused.dtype == np.float32
    assert fused.shape == a.shape
    assert 0 <= fused.min() <= fused.max() <= 1
    np.testing.assert_array_equal(a, copies[0])
    np.testing.assert_array_equal(b, copies[1])
    if get_method(slug).symmetric:
        np.testing.assert_allclose(fuse(b, a, slug), fused, atol=1e-6)


@each_without_a_network
@given(pair=pairs())
def test_any_pair_gives_an_image_and_stays_as_it_was(slug, pair):
    gives_an_image_and_leaves_the_pair(slug, pair)


@each_with_a_network
@FEWER
@given(pair=pairs())
def test_any_pair_gives_an_image_by_a_network_and_stays_as_it_was(slug, pair):
    gives_an_image_and_leaves_the_pair(slug, pair)


@each_method
@given(image=shapes.flatmap(gray_images))
def test_a_pair_of_equals_gives_the_same_image(slug, image):
    if get_method(slug).idempotent:
        np.testing.assert_allclose(fuse(image, image, slug), image, atol=1e-6)


@each_method
def test_layout_and_precision_do_not_matter(slug, gray_pair):
    a, b = gray_pair
    expected = fuse(a, b, slug)
    frozen = a.copy()
    frozen.flags.writeable = False
    wide = np.zeros((a.shape[0], 2 * a.shape[1]), np.float32)
    wide[:, ::2] = b
    np.testing.assert_array_equal(fuse(frozen, np.asfortranarray(b), slug), expected)
    np.testing.assert_array_equal(fuse(a, wide[:, ::2], slug), expected)
    np.testing.assert_allclose(fuse(a.astype(np.float64), b, slug), expected, atol=1e-6)


@each_method
@pytest.mark.parametrize("color", ["ycbcr", "yuv", "ihs", "lab"])
def test_gray_and_color_give_color_either_way_round(slug, color, gray_pair):
    gray = gray_pair[0]
    rgb = np.stack([gray_pair[1], gray_pair[1] ** 2, gray_pair[1] * 0.2], axis=-1)
    for fused in (
        fuse(gray, rgb, slug, color=color),
        fuse(rgb, gray, slug, color=color),
        fuse(rgb, rgb, slug, color=color),
    ):
        assert fused.shape == rgb.shape
        assert fused.dtype == np.float32
        assert 0 <= fused.min() <= fused.max() <= 1


@each_method
def test_black_stays_black_in_gray_and_in_color(slug, gray_pair):
    """The frame is exactly 0 in both sources, and one corner in the first alone."""
    a, b = (image.copy() for image in gray_pair)
    frame = np.ones(a.shape, bool)
    frame[12:-12, 9:-9] = False
    a[frame] = b[frame] = 0
    a[12:20, 9:16] = 0
    rgb = np.stack([b, b**2, b * 0.2], axis=-1)
    inside = ~((a == 0) & (b == 0))
    for first, second in ((a, b), (a, rgb), (rgb, a)):
        kept, as_it_comes = (fuse(first, second, slug, black=black) for black in (True, False))
        assert not kept[frame].any()
        np.testing.assert_array_equal(kept[inside], as_it_comes[inside])
        stack = fuse_stack(first[None], second[None], slug)
        assert not stack[0][frame].any() and stack[0][inside].any()


def test_published_profiles_and_weights_are_left_as_they_are():
    a, b = (np.pad(image, 16) for image in np.random.default_rng(0).random((2, 45, 38), dtype=np.float32))
    air = (a == 0) & (b == 0)
    for slug, profile in (("laplacian_pyramid", "toolbox"), ("guided_filter", "authors")):
        theirs = fuse(a, b, slug, profile=profile)
        assert theirs[air].any()
        np.testing.assert_array_equal(theirs, fuse(a, b, slug, profile=profile, black=False))
        assert not fuse(a, b, slug)[air].any()
    files = {"cnnmodel.mat": True, Path("a/IFCNN.pth"): True, "a.safetensors": False, "none": False, None: False}
    for file, published in files.items():
        assert adapter.is_published({"weights": file}) == published
    on_a_trunk = replace(get_method("ifcnn"), backbone="vgg19")  # its features are no fusion
    assert not adapter.is_published({"weights": "vgg19.pth"}, on_a_trunk)
    with pytest.raises(TypeError, match="black: expected True or False, got 1"):
        fuse(a, b, black=1)


def test_color_of_the_functional_image_survives():
    """Averaging a gray image with a red one keeps the chroma of the red one: by hand in YCbCr."""
    gray = np.full((16, 16), 0.5, np.float32)
    red = np.zeros((16, 16, 3), np.float32)
    red[..., 0] = 0.5
    luma = (0.5 + 0.299 * 0.5) / 2
    expected = [luma + (0.5 - 0.299 * 0.5), luma - 0.299 * 0.5, luma - 0.299 * 0.5]
    np.testing.assert_allclose(fuse(gray, red, "average")[3, 3], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("a", "b", "error", "words"),
    [
        (np.zeros((15, 16)), np.zeros((15, 16)), ValueError, "a: expected at least 16 x 16 pixels, got 15 x 16"),
        (np.zeros((16, 16)), np.zeros((16, 17)), ValueError, "b: expected the grid of a"),
        (np.zeros((16, 16)), np.full((16, 16), 200.0), ValueError, r"b: expected values in \[0, 1\]"),
        ("scan.png", np.zeros((16, 16)), TypeError, "a: expected a NumPy array, got str"),
    ],
)
def test_bad_images_are_named(a, b, error, words):
    with pytest.raises(error, match=words):
        fuse(a, b)


def test_unknown_names_are_answered(gray_pair):
    with pytest.raises(UnknownNameError, match="unknown method 'laplacian'; did you mean 'laplacian_pyramid'"):
        fuse(*gray_pair, "laplacian")
    with pytest.raises(TypeError, match="laplacian_pyramid: unknown option 'level'; did you mean 'levels'"):
        fuse(*gray_pair, level=3)
    with pytest.raises(TypeError, match="maximum: takes no option, got 'levels'"):
        fuse(*gray_pair, "maximum", levels=3)
    with pytest.raises(ValueError, match="unknown rule 'choose_maximum'; did you mean 'choose_max'"):
        fuse(*gray_pair, rule="choose_maximum")
    with pytest.raises(ValueError, match="unknown task 'fusing'; did you mean 'fusion'"):
        list_methods(task="fusing")


@each_method
def test_every_declaration_is_complete(slug):
    method = get_method(slug)
    assert bool(method.where) != bool(method.network) and callable(method.load())
    assert method.summary.endswith(".")
    assert all(isinstance(name, str) for name in method.options)


def test_lists_are_in_the_order_of_the_course():
    assert list_methods(task="fusion") == FUSION
    assert [m.slug for m in list_methods(family="classical")][:4] == ["average", "maximum", "pca", "laplacian_pyramid"]
    assert [m.slug for m in list_methods(family="cnn")][:3] == ["densefuse", "ifcnn", "xia_cnn"]
    assert [m.slug for m in list_methods(family="gan")][:2] == ["fusiongan", "ddcgan"]


def test_a_result_of_the_wrong_shape_is_not_passed_on(gray_pair, monkeypatch):
    monkeypatch.setattr(Method, "load", lambda self: lambda a, b: a[:-1])
    with pytest.raises(RuntimeError, match=r"expected a result of shape \(45, 38\)"):
        fuse(*gray_pair, "maximum")


@pytest.mark.parametrize(
    ("method", "option", "words"),
    [
        ("nonlocal_means", {"strength": "1"}, "strength: expected a number, got the text '1'"),
        ("threshold_segmentation", {"fraction": "0.4"}, "fraction: expected a number, got the text '0.4'"),
        ("average", {"weight": "0.5"}, "weight: expected a number, got the text '0.5'"),
    ],
)
def test_an_option_that_is_a_number_takes_no_words(method, option, words):
    from medfuse_course.methods.running import check_options

    with pytest.raises(TypeError, match=words):
        check_options(get_method(method), option)


@pytest.mark.torch
def test_an_option_that_is_true_or_false_takes_no_words(gray_pair):
    pytest.importorskip("torch")
    with pytest.raises(TypeError, match="hard: expected True or False, got 'false'"):
        fuse(*gray_pair, "nsct_cnn", hard="false")
