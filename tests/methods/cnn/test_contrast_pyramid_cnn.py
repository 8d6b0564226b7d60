"""The map of the siamese network in the contrast pyramid: what differs from details."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.color import luma  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import fuse  # noqa: E402
from medfuse_course.methods.cnn import contrast_pyramid_cnn, liu_cnn  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.weights import shipped_path  # noqa: E402
from tests.methods.cnn.siamese import always, noise  # noqa: E402


def test_light_is_mixed_by_the_map_alone():
    """Constant images have no contrast; the Laplacian sibling would take the brighter base, for they are not alike."""
    a, b = np.full((2, 20, 20), [[[0.1]], [[0.9]]], np.float32)
    of_contrast, of_detail = (run_network(always(m.build, 0.25), a, b) for m in (contrast_pyramid_cnn, liu_cnn))
    np.testing.assert_allclose(of_contrast, 0.25 * 0.1 + 0.75 * 0.9, atol=1e-6)
    np.testing.assert_allclose(of_detail, 0.9, atol=1e-6)


def test_contrast_by_hand():
    """Two levels, one weight and no switch, with the pyramid of scikit-image's kind written out by SciPy."""
    from scipy import ndimage

    taps = np.array([1, 4, 6, 4, 1]) / 16

    def blur(x, gain=1):
        return ndimage.correlate1d(ndimage.correlate1d(x, gain * taps, 0, mode="mirror"), gain * taps, 1, mode="mirror")

    def around(x):
        spread = np.zeros_like(x)
        spread[::2, ::2] = blur(x)[::2, ::2]
        return blur(spread, 2)

    a, b = (0.2 + 0.3 * noise(k, (24, 24)).astype(float) for k in (0, 1))
    guard, weight = 1 / 255, 0.3
    contrast = sum(w * (x - around(x)) / (around(x) + guard) for w, x in ((weight, a), (1 - weight, b)))
    light = sum(w * around(x) for w, x in ((weight, a), (1 - weight, b)))
    expected = (1 + contrast) * (light + guard) - guard
    fused = run_network(always(contrast_pyramid_cnn.build, weight), a, b, levels=1, threshold=-1)
    np.testing.assert_allclose(fused, expected, atol=1e-6)


def test_a_dim_texture_of_strong_contrast_wins_here_and_loses_by_details():
    """The stronger band is taken against the map: contrasts of 1.6 and 0.4 here, details of 0.16 and 0.3 there."""
    texture = noise(3, (32, 32)) - 0.5
    dim, bright = 0.1 + 0.16 * texture, 0.8 + 0.3 * np.roll(texture, 7)

    def likeness(method, weight):
        fused = run_network(always(method.build, weight), dim, bright, threshold=1.0)
        high = [x - x.mean() for x in (fused, dim, bright)]
        return [np.corrcoef(high[0].ravel(), x.ravel())[0, 1] for x in high[1:]]

    of_contrast, of_detail = likeness(contrast_pyramid_cnn, 0.01), likeness(liu_cnn, 0.99)
    assert of_contrast[0] > 0.9 > 0.3 > of_contrast[1]
    assert of_detail[1] > 0.9 > 0.3 > of_detail[0]


def test_the_network_is_that_of_its_sibling():
    assert shipped_path("contrast_pyramid_cnn") == shipped_path("liu_cnn")
    a, b = noise(0), noise(1)
    assert not np.allclose(fuse(a, b, "contrast_pyramid_cnn"), fuse(a, b, "liu_cnn"), atol=0.05)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="threshold: expected"):
        run_network(always(contrast_pyramid_cnn.build, 0.5), noise(0), noise(1), threshold=2)
    with pytest.raises(ValueError, match="levels: expected 1 to 6"):
        run_network(always(contrast_pyramid_cnn.build, 0.5), noise(0), noise(1), levels=9)


@pytest.mark.parametrize("name", ["aanlib/mri-ct", "aanlib/mri-pet"])
def test_on_real_pairs_the_mri_is_erased_where_the_other_source_is_black_beside_light(name, aanlib_folder):
    """How it fails: black beside light is the strongest contrast there is. Details keep several times as much."""
    pair = load_pair(name)
    a, b = pair.a, pair.b if pair.b.ndim == 2 else luma(pair.b)
    place = (b < 0.02) & binary_dilation(b > 0.3, iterations=8) & (a > 0.2)
    kept, of_details = (
        fuse(a, b, method)[place].mean() / a[place].mean() for method in ("contrast_pyramid_cnn", "liu_cnn")
    )
    assert kept < 0.1
    assert of_details > 5 * kept
