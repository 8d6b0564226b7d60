"""Fusion by scale and direction: what crosses at one place stays apart."""

import numpy as np
import pytest

from medfuse_course.methods import fuse


def stripes(axis, side=64):
    """Waves of period 3 and amplitude 0.2 around middle gray, along one axis."""
    wave = 0.5 + 0.2 * np.cos(2 * np.pi * np.arange(side) / 3)
    return np.broadcast_to(np.expand_dims(wave, 1 - axis), (side, side)).astype(np.float32)


def test_stripes_that_cross_are_both_kept():
    """By hand: each source alone has its direction, so the fused image is the sum of both, around middle gray."""
    a, b = stripes(0), stripes(1)
    fused = fuse(a, b, "nsct")
    inner = slice(16, -16)
    np.testing.assert_allclose(fused[inner, inner], (a + b - 0.5)[inner, inner], atol=0.02)
    pyramid = fuse(a, b, "laplacian_pyramid")
    assert np.abs(pyramid - (a + b - 0.5))[inner, inner].max() > 0.1  # one band for all directions: one of them loses


def test_averaging_every_band_is_averaging(gray_pair):
    a, b = gray_pair
    np.testing.assert_allclose(fuse(a, b, "nsct", rule="average"), (a + b) / 2, atol=2e-6)


def test_base_rule_decides_over_the_base():
    """Flat images have nothing but a base."""
    a, b = np.full((20, 24), 0.2, np.float32), np.full((20, 24), 0.6, np.float32)
    np.testing.assert_allclose(fuse(a, b, "nsct"), 0.4, atol=1e-6)
    np.testing.assert_allclose(fuse(a, b, "nsct", base_rule="choose_max"), 0.6, atol=1e-6)


def test_the_image_does_not_wrap_around():
    """A slope has hardly any detail, also where its dark border would meet the bright one: the bases are averaged."""
    slope = np.tile(np.linspace(0.1, 0.9, 128, dtype=np.float32), (128, 1))
    fused = fuse(slope, np.full_like(slope, 0.5), "nsct")
    np.testing.assert_allclose(fused, (slope + 0.5) / 2, atol=0.05)


def test_wrong_directions_are_named(gray_pair):
    with pytest.raises(ValueError, match="directions: expected a number for each of 2 levels"):
        fuse(*gray_pair, "nsct", levels=2, directions=(8,))
    with pytest.raises(ValueError, match="levels: expected 1 to"):
        fuse(*gray_pair, "nsct", levels=12)
