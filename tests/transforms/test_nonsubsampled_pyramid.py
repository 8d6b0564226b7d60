import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.transforms.nonsubsampled_pyramid import analyse, responses, synthesise
from tests.transforms import laws

REFERENCE = Path(__file__).parents[1] / "reference"
BORDERS = {"periodic": "wrap", "symmetric": "reflect"}  # in the words of scipy.ndimage


def published_taps():
    """The authors' filters: full squares from their upper left quarters."""
    quarters = json.loads((REFERENCE / "maxflat_filters.json").read_text(encoding="utf8"))
    return {name: np.pad(quarters[name], [(0, len(quarters[name]) - 1)] * 2, "reflect") for name in ("h0", "h1")}


def spread(taps, step):
    out = np.zeros([step * (n - 1) + 1 for n in taps.shape])
    out[::step, ::step] = taps
    return out


@pytest.mark.parametrize("border", BORDERS)
def test_filtering_with_the_published_taps_gives_the_same_bands(border):
    """Three levels in the image domain, with the authors' taps and a general filter of scipy.ndimage."""
    taps = published_taps()
    image = laws.noise((50, 33))
    bands = analyse(image, 3, border)
    for level, detail in enumerate(bands.details):
        h0, h1 = (spread(taps[name], 2**level) for name in ("h0", "h1"))
        np.testing.assert_allclose(detail, ndimage.convolve(image, h1, mode=BORDERS[border]), atol=1e-13)
        image = ndimage.convolve(image, h0, mode=BORDERS[border])
    np.testing.assert_allclose(bands.base, image, atol=1e-13)


def test_center_taps_by_hand():
    """The taps at the center are means of the responses; with ``p = P P``: mean p = 1/4, mean p^2 = (105/256)^2.

    ``P = 1/2 + (9 cos w - cos 3w) / 16`` has mean 1/2 and mean square 1/4 + (81 + 1) / 512 = 105/256, so ``t = 2p - 1``
    has mean -1/2 and mean square 4 (105/256)^2 - 4/4 + 1, and ``H_0 = (s + t + (1 - s) t^2) / 2``.
    """
    impulse = np.zeros((32, 32))
    impulse[16, 16] = 1
    s, mean_square = 2**0.5, 4 * (105 / 256) ** 2
    assert analyse(impulse, 1).base[16, 16] == pytest.approx((s - 0.5 + (1 - s) * mean_square) / 2, abs=1e-14)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", laws.TOLERANCE)
@pytest.mark.parametrize("shape", laws.SHAPES)
def test_perfect_reconstruction(shape, dtype, border):
    laws.assert_perfect_reconstruction(lambda x: analyse(x, 4, border), synthesise, shape, dtype)


def test_shift_covariance_needs_the_periodic_border():
    assert laws.largest_shift_error(lambda x: analyse(x, 3), (31, 45)) < 1e-12
    assert laws.largest_shift_error(lambda x: analyse(x, 3, "symmetric"), (31, 45)) > 1e-2


@pytest.mark.parametrize("border", BORDERS)
def test_linear(border):
    laws.assert_linear(lambda x: analyse(x, 3, border), (17, 24))


@pytest.mark.parametrize("border", BORDERS)
def test_a_constant_is_all_base(border):
    bands = analyse(np.full((20, 27), 0.7), 3, border)
    np.testing.assert_allclose(bands.base, 0.7, atol=1e-12)
    assert max(np.abs(detail).max() for detail in bands.details) < 1e-12


def test_a_ramp_has_no_detail_inside():
    """The high pass is maximally flat: straight slopes pass it by, away from the border."""
    ramp = np.add.outer(np.arange(80.0), 2 * np.arange(90.0))
    assert np.abs(analyse(ramp, 1).details[0][12:-12, 12:-12]).max() < 1e-10


@pytest.mark.parametrize("shape", [(16, 16), (17, 21)])
def test_responses_are_those_of_the_bands(shape):
    equivalent = responses(shape, 3)
    impulse = np.zeros(shape)
    impulse[0, 0] = 1
    bands = analyse(impulse, 3)
    for response, band in zip(equivalent.analysis, (*bands.details, bands.base), strict=True):
        np.testing.assert_allclose(np.fft.rfft2(band), response, atol=1e-13)
    total = sum(a * s for a, s in zip(equivalent.analysis, equivalent.synthesis, strict=True))
    np.testing.assert_allclose(total, 1, atol=1e-13)
    assert responses(shape, 3) is equivalent
    assert responses(shape, 3, np.float32).analysis[0].dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        equivalent.analysis[0][0, 0] = 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: analyse(np.zeros((16, 16)), 5), ValueError, "levels: expected 1 to 4"),
        (lambda: analyse(np.zeros((16, 16)), True), TypeError, "levels: .*bool"),
        (lambda: responses((16, 16), 0), ValueError, "levels: expected 1 to 4"),
        (lambda: analyse(np.zeros((16, 16)), 2, "periodical"), ValueError, "unknown border .*'periodic'"),
        (lambda: analyse(np.zeros((16, 16), int), 2), TypeError, "image: expected a NumPy array of float32"),
        (lambda: analyse(np.zeros((16, 16, 3)), 2), ValueError, r"image: expected shape \(H, W\)"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
