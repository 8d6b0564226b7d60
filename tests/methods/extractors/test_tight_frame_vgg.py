"""Weights on the bands of a learned frame: by hand with a known trunk, and where the learned filters matter."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.tight_frame_vgg import TightFrameVGG, low_image  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.transforms.tight_frame import TightFrameBands, analyse, dct_filters, learn, synthesise  # noqa: E402
from tests.methods.extractors.fake import Fake  # noqa: E402


def noise(seed, *shape):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("size", [3, 4, 8])
def test_the_low_band_alone_is_a_mean_the_other_way_round(size):
    bands = analyse(noise(0, 24, 33), dct_filters(size))
    alone = synthesise(TightFrameBands((np.zeros_like(bands.details[0]),), bands.base, bands.filters))
    np.testing.assert_allclose(low_image(bands.base, size), alone, atol=1e-6)


def test_one_layer_that_weighs_pixel_by_pixel():
    """With one layer there is one candidate: bands mixed by the ratio of windows of the detail image."""
    from scipy import ndimage

    a, b = noise(0, 32, 40), noise(1, 32, 40)
    filters = learn((a, b), size=4, iterations=3)
    details = [x - low_image(analyse(x, filters).base, 4) for x in (a, b)]
    active = [ndimage.uniform_filter(np.abs(x), 3, mode="constant") for x in details]
    weight = active[0] / (active[0] + active[1])
    of_a, of_b = analyse(a, filters), analyse(b, filters)
    mixed = weight * of_a.details[0] + (1 - weight) * of_b.details[0]
    expected = synthesise(TightFrameBands((mixed,), (of_a.base + of_b.base) / 2, filters))
    fused = run_network(TightFrameVGG(Fake(1)), a, b, size=4, iterations=3)
    np.testing.assert_allclose(fused, expected, atol=1e-5)


def test_learned_filters_matter_for_bands_and_cancel_for_the_detail_image():
    a, b = np.zeros((2, 40, 40), np.float32)
    a[np.tri(40, dtype=bool)], b[np.tri(40, dtype=bool)[:, ::-1]] = 0.9, 0.5
    network = TightFrameVGG(Fake())
    learned, cosine = (run_network(network, a, b, domain="image", iterations=n) for n in (4, 0))
    np.testing.assert_allclose(learned, cosine, atol=1e-6)
    learned, cosine = (run_network(network, a, b, iterations=n) for n in (4, 0))
    assert np.abs(learned - cosine).max() > 1e-3  # a gray level of 255: more is not to be had from them here
    with pytest.raises(ValueError, match="unknown domain 'band'; did you mean 'bands'"):
        run_network(network, a, b, domain="band")
