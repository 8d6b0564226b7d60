from dataclasses import replace

import numpy as np
import pytest
import pywt
from scipy import fft, linalg, ndimage, signal

from medfuse_course.transforms.tight_frame import analyse, dct_filters, learn, synthesise
from tests.transforms.laws import (
    SHAPES,
    assert_linear,
    assert_perfect_reconstruction,
    largest_shift_error,
    noise,
)


def stripes(shape=(64, 64)):
    """Oblique stripes with a little noise: nothing that products of cosines describe well."""
    y, x = np.indices(shape)
    return 0.5 + 0.3 * np.sign(np.sin(0.9 * x + 0.55 * y)) + 0.04 * noise(shape)


LEARNED = {size: learn([stripes(), noise((50, 33))], size=size) for size in (2, 3, 8)}
FRAMES = [*LEARNED.values(), dct_filters(2), dct_filters(5), dct_filters(8)]


@pytest.mark.parametrize("filters", FRAMES)
def test_unitary_extension_principle(filters):
    """``sum_i a_i(-.) * a_i = delta``, by full two-dimensional convolution."""
    total = sum(signal.convolve2d(f[::-1, ::-1], f) for f in filters)
    delta = np.zeros_like(total)
    delta[total.shape[0] // 2, total.shape[1] // 2] = 1
    np.testing.assert_allclose(total, delta, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [*SHAPES, (256, 40)])
@pytest.mark.parametrize("filters", FRAMES)
def test_perfect_reconstruction(filters, shape, dtype):
    assert_perfect_reconstruction(lambda x: analyse(x, filters), synthesise, shape, dtype)


@pytest.mark.parametrize("value", [0.9, 1.0])
def test_a_bright_image_reconstructs_in_float32(value):
    image = np.full((40, 70), value, np.float32)
    np.testing.assert_allclose(synthesise(analyse(image)), image, atol=1e-6)


@pytest.mark.parametrize("filters", FRAMES)
def test_shift_covariance(filters):
    assert largest_shift_error(lambda x: analyse(x, filters), (31, 45)) < 1e-12


def test_linear():
    assert_linear(lambda x: analyse(x, LEARNED[8]), (31, 45))


def test_energy_is_kept():
    image = noise((31, 45))
    bands = analyse(image, LEARNED[3])
    assert (bands.details[0] ** 2).sum() + (bands.base**2).sum() == pytest.approx((image**2).sum())


def test_bands_of_the_cosine_frame_are_cosine_transforms_of_patches():
    image = noise((31, 45))
    bands = analyse(image)
    assert bands.details[0].shape == (63, 31, 45)
    patch = fft.dctn(image[10:18, 20:28], norm="ortho") / 8
    found = np.concatenate([bands.base[None], bands.details[0]])[:, 10 + 4, 20 + 4]
    np.testing.assert_allclose(found, patch.ravel(), atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 8])
def test_the_base_is_the_average(size):
    image = noise((31, 45))
    base = analyse(image, LEARNED[size]).base
    np.testing.assert_allclose(base, ndimage.uniform_filter(image, size, mode="wrap"), atol=1e-12)


def test_two_by_two_cosines_are_the_undecimated_haar_wavelet():
    image = noise((32, 46))
    approximation, (horizontal, vertical, diagonal) = pywt.swt2(image, "haar", 1)[0]
    bands = analyse(image, dct_filters(2))
    found = [bands.base, *bands.details[0]]
    for band, other in zip(found, (approximation, vertical, horizontal, diagonal), strict=True):
        distance = [np.abs(band - sign * np.roll(other, 1, (0, 1)) / 2).max() for sign in (1, -1)]
        assert min(distance) < 1e-12


def test_details_alone_give_the_detail_image():
    image = noise((31, 45))
    bands = analyse(image, LEARNED[8])
    blurred = ndimage.uniform_filter(ndimage.uniform_filter(image, 8, mode="wrap"), 8, mode="wrap", origin=-1)
    detail = synthesise(replace(bands, base=np.zeros_like(bands.base)))
    np.testing.assert_allclose(detail, image - blurred, atol=1e-10)


def test_one_step_of_learning_by_the_polar_decomposition():
    """``A = U X^T`` is the orthogonal factor of ``V G^T``; SciPy computes that another way."""
    image = noise((20, 26))
    patches = np.lib.stride_tricks.sliding_window_view(image, (4, 4)).reshape(-1, 16)
    patches = patches - patches.mean(axis=1, keepdims=True)
    start = 4 * dct_filters(4).reshape(16, 16)[1:]
    codes = patches @ start.T
    codes[np.abs(codes) < 0.3] = 0
    factor, _ = linalg.polar(codes.T @ patches, side="left")
    learned = 4 * learn([image], size=4, threshold=0.3, iterations=1).reshape(16, 16)[1:]
    np.testing.assert_allclose(learned, factor, atol=1e-3)
    assert np.abs(learned - start).max() > 0.05


def test_learning_makes_coefficients_few():
    """On oblique stripes a quarter of the coefficients go; the sum of min(c^2, t^2) falls step by step."""
    image = stripes()

    def cost(iterations):
        bands = 8 * analyse(image, learn([image], iterations=iterations)).details[0]
        return np.minimum(bands**2, 0.1**2).sum(), (np.abs(bands) >= 0.1).mean()

    costs, kept = zip(*(cost(n) for n in (0, 1, 3, 10, 30)), strict=True)
    assert list(costs) == sorted(costs, reverse=True)
    assert kept[-1] < 0.75 * kept[0]


def test_learning_does_not_mind_the_order_of_two_and_is_repeatable():
    a, b = stripes().astype(np.float32), noise((64, 64), np.float32)
    np.testing.assert_array_equal(learn([a, b]), learn([b, a]))
    np.testing.assert_array_equal(learn([a, b]), learn([a, b]))


def test_filters_of_nearly_flat_images_are_orthonormal():
    """A few odd pixels on one gray leave directions that nothing decides; rounding once tilted them to the mean."""
    for seed in range(24):
        rng = np.random.default_rng(seed)
        image = np.full((20, 18), 0.4375, np.float32)
        image[rng.integers(20, size=3), rng.integers(18, size=3)] = (0.1875, 1, 0.625)
        rows = learn([image, image]).reshape(64, 64) * 8
        np.testing.assert_allclose(rows @ rows.T, np.eye(64), atol=1e-12)


@pytest.mark.parametrize("image", [np.zeros((16, 16)), np.full((16, 16), 0.3, np.float32), 1e-30 * noise((16, 16))])
def test_nothing_to_learn_leaves_the_cosines(image):
    np.testing.assert_allclose(learn([image]), dct_filters(8), atol=1e-12)


def test_filters_are_read_only():
    assert not learn([noise((16, 16))], iterations=0).flags.writeable
    assert not dct_filters(4).flags.writeable


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: learn([]), ValueError, "images: expected at least one"),
        (lambda x: learn([x[:7]]), ValueError, r"image: expected shape \(H, W\), at least 8 x 8"),
        (lambda x: learn([x], size=9), ValueError, "size: expected 2 to 8 pixels, got 9"),
        (lambda x: learn([x], size=4.0), TypeError, "size: expected an integer, got float"),
        (lambda x: learn([x], threshold=-1), ValueError, "threshold: expected 0 or more"),
        (lambda x: learn([x], iterations=-1), ValueError, "iterations: expected an integer, 0 or more"),
        (lambda x: analyse(x.astype(int)), TypeError, "image: expected a NumPy array of floats"),
        (lambda x: analyse(x, dct_filters(4)[1:]), ValueError, r"filters: expected shape \(r\^2, r, r\)"),
        (lambda x: analyse(x, 2 * dct_filters(4)), ValueError, "filters: expected an orthonormal set"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call(noise((16, 16)))
