"""Guided-filter fusion against the equations of its authors' code, written out a second time."""

import numpy as np
import pytest
from scipy import signal

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.guided_filter import guided_filter, leader, refine
from tests.core.test_guided_filter import plain_guided_filter

LAPLACIAN = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])


def replicate(image, kernel):
    """Filter with a 2-D kernel, the edge pixel repeated beyond the border."""
    margin = kernel.shape[0] // 2
    return signal.convolve2d(np.pad(image, margin, "edge"), kernel, mode="valid")  # all kernels here are symmetric


def plain_saliency(image):
    y, x = np.mgrid[-5:6, -5:6]
    gaussian = np.exp(-(x**2 + y**2) / 50)
    return replicate(np.abs(replicate(image, LAPLACIAN)), gaussian / gaussian.sum())


def plain_fusion(a, b, settings, eight_bit):
    sources = [x.astype(np.float64) for x in (a, b)]
    salient = [plain_saliency(x) for x in sources]
    first = np.where(salient[0] >= salient[1], 1.0, 0.0)
    bases = [replicate(x, np.full((31, 31), 1 / 31**2)) for x in sources]
    layers = (bases, [x - base for x, base in zip(sources, bases, strict=True)])
    fused = np.zeros(a.shape)
    for layer, (radius, eps) in zip(layers, settings, strict=True):
        weights = [plain_guided_filter(x, p, radius, eps) for x, p in zip(sources, (first, 1 - first), strict=True)]
        weights = [np.clip(w, 0, 1) for w in weights]
        if eight_bit:
            weights = [np.floor(w * 255 + 0.5) / 255 + 1e-12 for w in weights]
        fused += sum(w * x for w, x in zip(weights, layer, strict=True)) / sum(weights)
    return fused


@pytest.mark.parametrize("profile", ["course", "authors"])
def test_the_chain_of_the_authors_code(profile, gray_pair):
    a, b = (image[:27, :24] for image in gray_pair)
    assert not np.isclose(plain_saliency(a), plain_saliency(b)).any()  # no ties: there the profiles differ
    fused = fuse(a, b, "guided_filter", profile=profile)
    expected = plain_fusion(a, b, [(45, 0.3), (7, 1e-6)], eight_bit=profile == "authors")
    np.testing.assert_allclose(fused, np.clip(expected, 0, 1), atol=1e-5)


def test_the_radii_and_eps_are_options(gray_pair):
    a, b = (image[:20, :20] for image in gray_pair)
    fused = guided_filter(a, b, base_radius=3, base_eps=0.01, detail_radius=2, detail_eps=0.1)
    expected = plain_fusion(a, b, [(3, 0.01), (2, 0.1)], eight_bit=False)
    np.testing.assert_allclose(fused, expected, atol=1e-5)


def test_the_eight_bit_cast_is_seen(gray_pair):
    """Weights of the authors' profile are ratios of whole numbers up to 255."""
    lead = leader(*gray_pair, "authors")
    exact, coarse = (refine(lead, *gray_pair, 7, 1e-2, profile) for profile in ("course", "authors"))
    assert 1e-4 < np.abs(exact - coarse).max() < 0.005
    counts = [np.floor(255 * plain_guided_filter(x.astype(float), p, 7, 1e-2).clip(0, 1) + 0.5)
              for x, p in zip(gray_pair, (lead, 1 - lead), strict=True)]  # fmt: skip
    np.testing.assert_allclose(coarse, counts[0] / (counts[0] + counts[1]), atol=1e-9)


def test_a_lone_point_leads_where_its_saliency_reaches():
    """The Laplacian of a point spans 3 x 3 pixels, the 11 x 11 Gaussian carries it 5 further: 6 along the axes."""
    a, b = np.full((2, 41, 41), 0.5, np.float32)
    a[20, 20] = 1
    y, x = np.abs(np.mgrid[-20:21, -20:21])
    reached = ((x <= 6) & (y <= 5)) | ((x <= 5) & (y <= 6))
    np.testing.assert_array_equal(leader(a, b), np.where(reached, 1, 0.5))
    np.testing.assert_array_equal(leader(b, a), np.where(reached, 0, 0.5))
    np.testing.assert_array_equal(leader(b, a, "authors"), np.where(reached, 0, 1))


def test_weights_lie_between_0_and_1_and_sum_to_1(gray_pair):
    a, b = gray_pair
    for radius, eps in ((45, 0.3), (7, 1e-6), (2, 1e-12)):
        for profile in ("course", "authors"):
            lead = leader(a, b)
            of_a, of_b = refine(lead, a, b, radius, eps, profile), refine(1 - lead, b, a, radius, eps, profile)
            assert 0 <= of_a.min() <= of_a.max() <= 1
            np.testing.assert_allclose(of_a + of_b, 1, atol=1e-12)


def test_weights_step_with_the_source():
    """A raw border that runs 3 pixels beside an edge of the source moves to the edge."""
    rng = np.random.default_rng(5)
    a = np.where(np.arange(64) < 32, 0.2, 0.8) * np.ones((64, 1)) + 0.01 * rng.standard_normal((64, 64))
    b = np.full((64, 64), 0.5) + 0.01 * rng.standard_normal((64, 64))
    share = np.where(np.arange(64) < 35, 1.0, 0.0) * np.ones((64, 1))
    refined = refine(share, a.astype(np.float32), b.astype(np.float32), 7, 1e-3).mean(axis=0)
    assert np.argmin(np.diff(share.mean(axis=0))) == 34
    assert np.argmin(np.diff(refined)) == 31


def test_saliency_that_ties_gives_the_mean_of_the_course_and_a_of_the_authors():
    """Two flat images have no saliency at all."""
    a, b = np.full((16, 16), 0.2, np.float32), np.full((16, 16), 0.6, np.float32)
    np.testing.assert_allclose(fuse(a, b, "guided_filter"), 0.4, atol=1e-6)
    np.testing.assert_allclose(fuse(a, b, "guided_filter", profile="authors"), 0.2, atol=1e-6)


def test_unknown_profile(gray_pair):
    with pytest.raises(ValueError, match="unknown profile 'author'; did you mean 'authors'"):
        fuse(*gray_pair, "guided_filter", profile="author")
