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


def share_of_the_fainter(method, period, gap, turn):
    """Two patterns of waves, 0.25 and 0.15 strong, `gap` degrees apart: what is left of the fainter."""
    y, x = np.mgrid[:128, :128] - 63.5
    disk = np.exp(-((np.hypot(x, y) / 50) ** 8))
    turned = np.radians([turn, turn + gap])[:, None, None]
    across = x * np.sin(turned) + y * np.cos(turned)
    strong, faint = (s * np.cos(2 * np.pi * w / period) * disk for s, w in zip((0.25, 0.15), across, strict=True))
    fused = fuse(*((0.5 + p).astype(np.float32) for p in (strong, faint)), method)
    both = np.stack([strong.ravel(), faint.ravel()], axis=1)
    return np.linalg.lstsq(both, fused.ravel() - 0.5, rcond=None)[0][1]


@pytest.mark.parametrize("period", [4, 7, 10])
def test_lines_that_nearly_agree_at_other_wavelengths(period):
    """The page has waves of 5 pixels; with others it is nine tenths at 30 degrees, and twice the dual tree at 15."""
    turns = range(0, 90, 15)
    far, near = (np.mean([share_of_the_fainter("nsct", period, gap, t) for t in turns]) for gap in (30, 15))
    tree = np.mean([share_of_the_fainter("dtcwt", period, 15, t) for t in turns])
    assert 0.85 < far < 0.97
    assert 0.6 < near < 0.75 and near > 1.7 * tree


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
