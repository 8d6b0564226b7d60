import dataclasses

import numpy as np
import pytest

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.nsst import nsst
from medfuse_course.transforms import nsst as transform


def test_one_source_decides_where_the_other_is_flat():
    """By hand: a flat image has no details, so all come from the other; the bases are averaged."""
    image, flat = np.random.default_rng(0).random((32, 48)), np.full((32, 48), 0.5)
    bands = transform.analyse(image, 2)
    expected = transform.synthesise(dataclasses.replace(bands, base=bands.base / 2 + 0.25))
    np.testing.assert_allclose(nsst(image, flat, levels=2, margin=0), expected, atol=1e-12)


def test_crossed_waves_of_two_sources_both_survive():
    """Where one source is striped down and the other across, both go into bands of their own; averaging halves them."""
    x = np.arange(64)
    a = np.tile(0.5 + 0.3 * np.cos(2 * np.pi * x / 4), (64, 1))
    b = np.ascontiguousarray(a.T)
    np.testing.assert_allclose(nsst(a, b, margin=0), a + b - 0.5, atol=1e-12)


def test_a_bright_border_does_not_show_at_the_opposite_one():
    a = np.full((64, 64), 0.2, np.float32)
    a[:, :3] = 1
    flat = np.full_like(a, 0.2)
    wrapped, mirrored, far = (fuse(a, flat, "nsst", margin=margin) for margin in (0, 16, 64))
    opposite = np.s_[:, -4:]
    assert np.abs(wrapped - far)[opposite].mean() > 3 * np.abs(mirrored - far)[opposite].mean()
    assert np.abs(wrapped - far)[opposite].mean() > 0.02


def test_options_reach_the_transform(gray_pair):
    plain = fuse(*gray_pair, "nsst")
    for options in ({"levels": 3}, {"directions": (8, 8, 8, 8)}, {"rule": "local_energy"}, {"base_rule": "saliency"}):
        assert np.abs(fuse(*gray_pair, "nsst", **options) - plain).max() > 1e-3
    with pytest.raises(ValueError, match="directions: expected even numbers"):
        fuse(*gray_pair, "nsst", directions=(3, 3, 4, 4))
    with pytest.raises(ValueError, match="levels: expected 1 to 6"):
        fuse(*gray_pair, "nsst", levels=7)
