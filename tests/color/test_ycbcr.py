import numpy as np
import pytest
from hypothesis import given
from PIL import Image as Pillow
from skimage.color import rgb2ycbcr

from medfuse_course.color import rgb_to_ycbcr
from tests.color.images import rgb_images


def test_primaries_by_hand():
    primaries = np.eye(3, dtype=np.float32)[np.newaxis]
    # Cb = 0.5 + (B - Y) / 1.772, Cr = 0.5 + (R - Y) / 1.402
    expected = [
        [0.299, 0.5 - 0.299 / 1.772, 1.0],
        [0.587, 0.5 - 0.587 / 1.772, 0.5 - 0.587 / 1.402],
        [0.114, 1.0, 0.5 - 0.114 / 1.402],
    ]
    np.testing.assert_allclose(rgb_to_ycbcr(primaries)[0], expected, atol=1e-6)


def test_equals_pillow_to_its_8_bits():
    rgb = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    expected = np.asarray(Pillow.fromarray(rgb).convert("YCbCr")) / 255
    np.testing.assert_allclose(rgb_to_ycbcr((rgb / 255).astype(np.float32)), expected, atol=1.01 / 255)


def test_scikit_image_gives_the_studio_range_instead():
    white = np.ones((1, 1, 3), np.float32)
    assert rgb2ycbcr(white)[0, 0, 0] == pytest.approx(235)
    assert rgb_to_ycbcr(white)[0, 0, 0] == 1


@given(rgb_images())
def test_scaled_to_full_range_scikit_image_agrees(rgb):
    studio = rgb2ycbcr(rgb)
    full = np.stack([(studio[..., 0] - 16) / 219, *((studio[..., k] - 128) / 224 + 0.5 for k in (1, 2))], axis=-1)
    np.testing.assert_allclose(rgb_to_ycbcr(rgb), full, atol=1e-4)


@given(rgb_images())
def test_every_channel_is_in_the_unit_range(rgb):
    ycbcr = rgb_to_ycbcr(rgb)
    assert ycbcr.min() >= 0
    assert ycbcr.max() <= 1
