"""Misregistration: nothing is nothing, a shift is that shift, and no displacement exceeds what was asked for."""

import numpy as np
import pytest

from medfuse_course.datasets.misregistration import correction_field, displacement_field, misregister
from medfuse_course.datasets.pair import Pair


def impulse(row=20, column=30):
    image = np.zeros((51, 61), dtype=np.float32)
    image[row, column] = 1
    return image


@pytest.fixture
def smooth():
    y, x = np.mgrid[:51, :61] / 10.0
    return (0.5 + 0.3 * np.sin(x) * np.cos(1.3 * y)).astype(np.float32)


def test_zero_is_identity(smooth):
    found = misregister(smooth)
    np.testing.assert_array_equal(found, smooth)
    assert found is not smooth


def test_a_shift_moves_an_impulse_down_and_to_the_right():
    found = misregister(impulse(), shift_mm=(6.0, -4.0), spacing=(2.0, 1.0))
    np.testing.assert_allclose(found, impulse(23, 26), atol=1e-5)


def test_a_rotation_is_counterclockwise_about_the_middle():
    image = np.zeros((51, 51), dtype=np.float32)
    image[25, 40] = 1  # to the right of the middle
    found = misregister(image, rotation_deg=90)
    assert np.unravel_index(found.argmax(), found.shape) == (10, 25)  # above it
    assert found.max() == pytest.approx(1, abs=1e-3)


def test_a_stretch_enlarges_about_the_middle():
    """By 1.5: what lies 10 rows and 6 columns from the middle comes to lie 15 and 9 from it."""
    field = displacement_field((51, 61), (1.0, 1.0), stretch=1.5)
    np.testing.assert_allclose(field[:, 25 + 15, 30 - 9], [5, -3])
    found = misregister(impulse(35, 24), stretch=1.5)
    assert np.unravel_index(found.argmax(), found.shape) == (40, 21)
    with pytest.raises(ValueError, match="stretch: expected a positive factor such as 1.08, got 0"):
        misregister(impulse(), stretch=0)


def test_there_and_back(smooth):
    there = misregister(smooth, shift_mm=(2.5, 1.5), rotation_deg=0)
    back = misregister(there, shift_mm=(-2.5, -1.5))
    np.testing.assert_allclose(back[8:-8, 8:-8], smooth[8:-8, 8:-8], atol=2e-3)


@pytest.mark.parametrize("largest", [0.5, 4.0, 20.0])
def test_a_deformation_is_bounded_smooth_and_seeded(largest):
    field = displacement_field((60, 80), (2.0, 2.0), deformation_mm=largest, seed=3)
    assert np.hypot(*field).max() == pytest.approx(largest)
    assert np.abs(np.diff(field, axis=1)).max() < 0.2 * largest
    np.testing.assert_array_equal(field, displacement_field((60, 80), (2.0, 2.0), deformation_mm=largest, seed=3))
    assert not np.array_equal(field, displacement_field((60, 80), (2.0, 2.0), deformation_mm=largest, seed=4))
    both = displacement_field((60, 80), (2.0, 2.0), shift_mm=(3.0, 4.0), deformation_mm=largest, seed=3)
    assert np.hypot(*both).max() <= 5 + largest + 1e-9


def test_the_field_says_where_content_came_from(smooth):
    field = displacement_field(smooth.shape, deformation_mm=5.0, seed=1)
    found = misregister(smooth, deformation_mm=5.0, seed=1)
    y, x = np.indices(smooth.shape) - field
    expected = 0.5 + 0.3 * np.sin(x / 10) * np.cos(1.3 * y / 10)
    np.testing.assert_allclose(found[8:-8, 8:-8], expected[8:-8, 8:-8], atol=2e-3)


def test_of_a_pair_only_b_moves(smooth):
    color = np.stack([smooth, smooth / 2, 1 - smooth], axis=2)
    pair = Pair(smooth, color, "test/ct-pet", ("CT", "PET"), spacing=(2.0, 2.0), provenance={"seed": 5})
    moved = misregister(pair, shift_mm=(4.0, 0.0))
    np.testing.assert_array_equal(moved.a, pair.a)
    np.testing.assert_allclose(moved.b[10:-3, 3:-3], color[8:-5, 3:-3], atol=1e-4)
    assert moved.provenance == {
        "seed": 5,
        "misregistration": {"shift_mm": (4.0, 0.0), "rotation_deg": 0.0, "deformation_mm": 0.0, "seed": 0},
    }
    assert pair.provenance == {"seed": 5}


def test_impossible_moves_are_answered(smooth):
    with pytest.raises(ValueError, match="deformation_mm: expected a length >= 0"):
        misregister(smooth, deformation_mm=-1)
    with pytest.raises(ValueError, match="finite numbers"):
        misregister(smooth, shift_mm=(np.nan, 0))
    with pytest.raises(TypeError, match="spacing: a pair knows"):
        misregister(Pair(smooth, smooth, "t/a-b", ("A", "B")), spacing=(1, 1))
    with pytest.raises(ValueError, match="source: expected values in"):
        misregister(smooth * 100)


@pytest.mark.parametrize("said", [((2.0, 1.5),), ()])
def test_what_undoes_a_displacement(said):
    """What lay at p lies at p + u(p): u(p) = d(p + u(p)); of a turn and a shift it is known in closed form."""
    moves = {"shift_mm": (3.0, -5.0), "rotation_deg": 4.0}
    spacing = said[0] if said else (1.0, 1.0)
    found = correction_field(displacement_field((40, 60), *said, **moves), *said)
    turn = np.deg2rad(4.0)
    y, x = (np.indices((40, 60)) - np.array([19.5, 29.5]).reshape(2, 1, 1)) * np.array(spacing).reshape(2, 1, 1)
    wanted = np.stack([np.cos(turn) * y - np.sin(turn) * x + 3 - y, np.sin(turn) * y + np.cos(turn) * x - 5 - x])
    inner = np.s_[:, 8:-8, 8:-8]
    np.testing.assert_allclose(found[inner], wanted[inner], atol=1e-3)
