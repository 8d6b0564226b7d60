"""Signed distances, against geometry anybody can do by hand."""

import numpy as np
import pytest

from medfuse_course.datasets.solids import ball, ellipsoid, smooth_union, tube


def at(*points):
    x, y, z = np.array(points, dtype=np.float32).T
    return x, y, z


def test_a_ball():
    np.testing.assert_allclose(ball(at((1, 2, 3), (1, 2, 8), (4, 6, 3)), (1, 2, 3), 4.0), [-4, 1, 1], atol=1e-6)


def test_an_ellipsoid_is_zero_on_its_surface_and_a_ball_when_round():
    found = ellipsoid(at((5, 0, 0), (0, 3, 0), (0, 0, 2), (0, 0, 1), (6, 0, 0)), (0, 0, 0), (5, 3, 2))
    np.testing.assert_allclose(found[:3], 0, atol=1e-6)
    assert found[3] < 0 < found[4]
    elsewhere = ellipsoid(at((6, 2, 3), (1, 5, 3), (1, 2, 5), (1, 2, 4), (7, 2, 3)), (1, 2, 3), (5, 3, 2))
    np.testing.assert_allclose(elsewhere, found, atol=1e-6)
    points = at((1, 2, 3), (-4, 0, 2), (0.5, 0, 0))
    np.testing.assert_allclose(ellipsoid(points, (0, 0, 0), (2, 2, 2)), ball(points, (0, 0, 0), 2), atol=1e-5)


def test_an_ellipsoid_lies_along_its_axis():
    found = ellipsoid(at((0, 5, 0), (3, 0, 0), (0, 0, 3), (5, 0, 0)), (0, 0, 0), (5, 3, 3), axis=(0, 2, 0))
    np.testing.assert_allclose(found[:3], 0, atol=1e-5)
    assert found[3] == pytest.approx(2, abs=0.3)


def test_a_tube_narrows_and_has_round_ends():
    path, radii = [(0, 0, 0), (10, 0, 0), (10, 10, 0)], (2, 1, 1)
    found = tube(at((5, 4, 0), (0, 0, 3), (-5, 0, 0), (10, 5, 3), (10, 13, 0)), path, radii)
    np.testing.assert_allclose(found, [2.5, 1, 3, 2, 2], atol=1e-5)


def test_a_smooth_union_fills_corners_and_keeps_what_is_alone():
    first, second = np.array([3.0, 3.0]), np.array([3.0, 100.0])
    np.testing.assert_allclose(smooth_union([first, second], 2.0), [3 - 2 * np.log(2), 3], atol=1e-6)
