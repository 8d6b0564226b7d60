from dataclasses import replace

import numpy as np
import pytest

from medfuse_course.core.random import generator
from medfuse_course.core.registry import UnknownNameError
from medfuse_course.methods import multiscale
from medfuse_course.methods.multiscale import fuse_bands, fuse_mirrored, share_of_a
from medfuse_course.methods.rules import RULES, choose_max
from medfuse_course.transforms import nsct
from medfuse_course.transforms.bands import Bands
from medfuse_course.transforms.contrast_pyramid import ContrastPyramid, analyse


def bands(seed):
    rng = generator(seed, "multiscale")
    return Bands((rng.uniform(-1, 1, (8, 9)), rng.uniform(-1, 1, (3, 4, 5))), rng.random((4, 5)))


def test_a_rule_for_the_details_and_one_for_the_base():
    a, b = bands(1), bands(2)
    fused = fuse_bands(a, b)
    for x, y, z in zip(a.details, b.details, fused.details, strict=True):
        np.testing.assert_array_equal(z, np.where(np.abs(x) > np.abs(y), x, y))
    np.testing.assert_allclose(fused.base, (a.base + b.base) / 2)
    other = fuse_bands(a, b, rule="average", base_rule="choose_max")
    np.testing.assert_allclose(other.details[0], (a.details[0] + b.details[0]) / 2)
    np.testing.assert_array_equal(other.base, np.maximum(a.base, b.base))


def test_what_the_way_back_needs_comes_along():
    image = generator(0, "multiscale").random((16, 17))
    fused = fuse_bands(analyse(image, 2, guard=0.25), analyse(1 - image, 2, guard=0.25))
    assert isinstance(fused, ContrastPyramid)
    assert fused.guard == 0.25


@pytest.mark.parametrize("kind", [np.float32, np.complex64])
@pytest.mark.parametrize("rule", RULES)
def test_large_bands_plane_by_plane_come_out_the_same(rule, kind, monkeypatch):
    rng = generator(6, "multiscale")
    a, b = (Bands((rng.uniform(-1, 1, (3, 12, 13)).astype(kind),), rng.random((12, 13))) for _ in range(2))
    if kind is np.complex64:
        a.details[0].imag, b.details[0].imag = rng.uniform(-1, 1, (2, 3, 12, 13))
    whole = fuse_bands(a, b, rule).details[0]
    monkeypatch.setattr(multiscale, "_CACHED", 0)
    by_planes = fuse_bands(a, b, rule).details[0]
    np.testing.assert_array_equal(by_planes, whole)
    assert by_planes.dtype == whole.dtype


def test_bad_arguments_are_answered():
    a = bands(1)
    with pytest.raises(UnknownNameError, match="unknown rule 'choose_maximum'; did you mean 'choose_max'"):
        fuse_bands(a, a, rule="choose_maximum")
    with pytest.raises(UnknownNameError, match="unknown rule 'mean'"):
        fuse_bands(a, a, base_rule="mean")
    with pytest.raises(ValueError):
        fuse_bands(a, Bands(a.details[:1], a.base))


def test_shares_by_hand():
    a = np.array([[1.0, -1, 0.5, 0.2]])
    b = np.array([[0.0, 1, 0.5, -0.2]])
    np.testing.assert_allclose(share_of_a(a, b, np.array([[1.0, 1, 0.5, 0.1]])), [[1, 0, 0.5, 0.75]])


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.complex128])
def test_shares_of_a_choice_and_of_a_mixture(kind):
    rng = generator(3, "multiscale")
    a, b = (rng.uniform(-1, 1, (3, 6, 7)).astype(kind) for _ in range(2))
    if kind is np.complex128:
        a, b = a * np.exp(0.4j), b * np.exp(-1j)
    share = share_of_a(a, b, choose_max(a, b))
    np.testing.assert_allclose(share, np.abs(a) > np.abs(b), atol=1e-5)
    assert not np.iscomplexobj(share)
    weights = rng.random((3, 6, 7))
    mixture = (weights * a + (1 - weights) * b).astype(kind)
    np.testing.assert_allclose(share_of_a(a, b, mixture), weights, atol=1e-3 if kind is np.float32 else 1e-9)
    np.testing.assert_allclose(share_of_a(a, b, a + 3 * (a - b)), 1, atol=1e-9)


def test_where_the_sources_agree_nobody_is_asked():
    a = generator(4, "multiscale").random((5, 6))
    np.testing.assert_array_equal(share_of_a(a, a, a), np.full((5, 6), 0.5))
    np.testing.assert_array_equal(share_of_a(0 * a, 0 * a, 0 * a), np.full((5, 6), 0.5))


def test_with_a_mirrored_border_the_opposite_edge_does_not_show():
    a, b = generator(5, "multiscale").random((2, 17, 20))
    there = np.zeros((17, 20))
    there[:, -1] = 1  # what wraps around would show at the other end
    settings = {"levels": 2, "directions": (4, 4)}
    same = fuse_mirrored(nsct, a, b, lambda x, y: x, margin=3, **settings)
    np.testing.assert_allclose(same, a, atol=1e-12)
    wrapped, mirrored = (
        fuse_mirrored(nsct, there, there, lambda x, _: replace(x, base=0 * x.base), margin=margin, **settings)
        for margin in (0, 8)
    )
    assert np.abs(wrapped[:, 0]).max() > 10 * np.abs(mirrored[:, 0]).max()
    with pytest.raises(ValueError, match=r"levels: expected 1 to 5 for an image of \(17, 20\), got 6"):
        fuse_mirrored(nsct, a, b, fuse_bands, levels=6, directions=(4,) * 6, margin=32)
