import json

import numpy as np
import pytest

from medfuse_course.transforms import dwt
from medfuse_course.transforms.dtcwt import ANGLES, FIRST, SHIFTED, analyse, synthesise
from tests.house import ROOT
from tests.transforms.laws import SHAPES, assert_linear, assert_perfect_reconstruction, noise

REFERENCE = json.loads((ROOT / "tests/reference/dtcwt.json").read_text(encoding="utf8"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [*SHAPES, (18, 19)])
@pytest.mark.parametrize("biort", FIRST)
@pytest.mark.parametrize("qshift", SHIFTED)
def test_synthesis_undoes_analysis(biort, qshift, shape, dtype):
    assert_perfect_reconstruction(lambda x: analyse(x, 4, biort=biort, qshift=qshift), synthesise, shape, dtype)


def test_linear():
    assert_linear(lambda x: analyse(x, 3), (20, 31))


@pytest.mark.parametrize("wanted", REFERENCE["values"], ids=lambda v: v["qshift"])
def test_bands_are_those_of_an_independent_implementation(wanted):
    i, j = np.mgrid[:16, :16]
    image = ((7 * i * i + 5 * j + 3 * i * j) % 31) / 31
    bands = analyse(image, 3, biort=wanted["biort"], qshift=wanted["qshift"])
    ours = {"finest": bands.details[0][:, 3, 2:4], "middle": bands.details[1][:, 1], "coarsest": bands.details[2]}
    for name, values in ours.items():
        theirs = np.array(wanted[name]) @ [1, 1j]
        np.testing.assert_allclose(values.ravel(), theirs, atol=2e-12, err_msg=name)
    np.testing.assert_allclose(bands.base.ravel(), wanted["base"], atol=2e-12)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(("direction", "angle"), list(enumerate(ANGLES)))
def test_a_band_answers_most_to_edges_along_its_angle(direction, angle, level):
    """Waves whose crests run at the angle, fast enough for the level along one axis: x to the right, y up."""
    y, x = np.mgrid[64:0:-1, :64] * 0.7 * np.pi / 2**level
    across, up = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
    wave = np.sin((x * across - y * up) / max(abs(across), abs(up)))
    strength = np.abs(analyse(wave, 3).details[level]).mean(axis=(1, 2))
    assert strength.argmax() == direction


def test_after_the_first_level_the_filters_are_orthogonal():
    """Energy of one more level equals that of the base it splits."""
    image = noise((64, 64))
    one, three = analyse(image, 1), analyse(image, 3)
    later = sum((np.abs(x) ** 2).sum() for x in (*three.details[1:], three.base))
    assert later == pytest.approx((one.base**2).sum())


def test_four_real_numbers_a_pixel():
    bands = analyse(noise((64, 32), np.float32), 4)
    assert [x.shape for x in bands.details] == [(6, 32, 16), (6, 16, 8), (6, 8, 4), (6, 4, 2)]
    assert {x.dtype for x in bands.details} == {np.dtype(np.complex64)}
    assert bands.base.dtype == np.float32
    assert 2 * sum(x.size for x in bands.details) + bands.base.size == 4 * 64 * 32


def _change(analyse):
    """How much the energy of level 3 varies, relative to its mean, while a spot moves on pixel by pixel."""
    y, x = np.mgrid[:64, :64]
    spot = np.exp(-((x - 31) ** 2 + (y - 30) ** 2) / 30)
    energy = [(np.abs(analyse(np.roll(spot, k, axis=1)).details[2]) ** 2).sum() for k in range(8)]
    return np.std(energy) / np.mean(energy)


def test_magnitudes_stay_calm_under_shifts_where_real_coefficients_do_not():
    calm = _change(lambda x: analyse(x, 3))
    assert calm < 0.1
    assert _change(lambda x: dwt.analyse(x, 3, wavelet="db4")) > 4 * calm
    assert _change(lambda x: dwt.analyse(x, 3)) > 2 * calm


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="levels: expected 1 to 4"):
        analyse(noise((16, 20)), 5)
    with pytest.raises(ValueError, match="unknown biort 'legal'; did you mean 'legall'"):
        analyse(noise((16, 20)), 1, biort="legal")
    with pytest.raises(ValueError, match="unknown qshift 'qshift_b'"):
        analyse(noise((16, 20)), 1, qshift="qshift_b")
