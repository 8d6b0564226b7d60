import dataclasses

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_otsu

from medfuse_course.core.checks import from_uint8
from medfuse_course.methods import fuse
from medfuse_course.methods.classical import pulse_coupled as module
from medfuse_course.methods.classical.pulse_coupled import Adapted, adapt, count_firings, more_firings, otsu
from medfuse_course.methods.replicas.pulse_coupled import choose_base
from medfuse_course.methods.rules import choose_max
from medfuse_course.transforms import nsst
from medfuse_course.transforms.replicas import nsst_toolbox


@pytest.fixture(scope="module")
def published(published_folder):
    """The authors' CT, MR-T2, and what they made of them, 8 bits."""
    folder = published_folder / "nsst_papcnn"
    return tuple(np.asarray(Image.open(folder / f"{name}.tif")) for name in ("ct", "mr_t2", "fused"))


def in_8_bits(fused):
    return np.floor(np.clip(fused, 0, 1) * 255 + 0.5).astype(np.uint8)


def test_the_toolbox_profile_reproduces_the_published_result(published):
    """Every pixel, after rounding to 8 bits as its authors did."""
    ct, mr, expected = published
    fused = fuse(from_uint8(ct), from_uint8(mr), "pulse_coupled", profile="toolbox")
    np.testing.assert_array_equal(in_8_bits(fused), expected)


def test_larger_magnitudes_instead_of_firings_are_another_image(published):
    """The same transform and base rule with choose-max: 2.63 gray levels away on average, a known value."""
    ct, mr, expected = published
    of_a, of_b = (nsst_toolbox.analyse(image / 255) for image in (ct, mr))
    details = tuple(choose_max(x, y) for x, y in zip(of_a.details, of_b.details, strict=True))
    base = choose_base(of_a.base, of_b.base)
    fused = in_8_bits(nsst_toolbox.synthesise(dataclasses.replace(of_a, details=details, base=base)))
    assert np.abs(fused.astype(float) - expected).mean() == pytest.approx(2.63, abs=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_otsu_agrees_with_scikit_image(seed):
    values = np.random.default_rng(seed).beta(1 + seed, 5, (40, 40))
    in_bins = np.floor(values * 255 + 0.5).astype(np.uint8)
    assert otsu(values) == threshold_otsu(in_bins) / 255


def test_otsu_by_hand():
    """Two values: all bins from the lower to below the upper separate them; their mean is the threshold."""
    assert otsu(np.repeat([0.0, 10 / 255], [3, 5])) == pytest.approx(4.5 / 255)
    assert otsu(np.repeat([0.0, 1.7], [3, 5])) == pytest.approx(127 / 255)  # beyond 1 counts as 1
    assert otsu(np.full((4, 4), 0.4)) == 0
    assert otsu(np.linspace(0, 1 / 511, 9)) == 0


def test_parameters_by_hand():
    """Half of the pixels 0, half 0.2 (bin 51): S = 25 / 255, sigma = 0.1 sqrt(n / (n - 1)), n = 8."""
    feeding, linking, amplitude, fading = adapt(np.array([[0.0, 0.2] * 4]))
    s, sigma = 25 / 255, 0.1 * (8 / 7) ** 0.5
    alpha_f, ratio = np.log10(1 / sigma), 0.2 / s
    mass = (1 - np.exp(-3 * alpha_f)) / (1 - np.exp(-alpha_f)) + (ratio - 1) * np.exp(-alpha_f)
    alpha_e = np.log((np.exp(-alpha_f) + ratio) / (s * mass))
    expected = (np.exp(-alpha_f), (ratio - 1) / 6, np.exp(-alpha_f) + ratio, np.exp(-alpha_e))
    np.testing.assert_allclose((feeding, linking, amplitude, fading), expected, rtol=1e-12)


def test_firings_by_hand(monkeypatch):
    """No linking. F = 1.2: U = 1.2, 1.8, 2.1, 2.25 against E = 1, 4.25, 1.06, 4.27: it fires at steps 1 and 3.

    F = 0.5: U = 0.5, 0.75, 0.88, 0.94 against E = 1, 0.25, 4.06, 1.02: it fires at step 2.
    """
    monkeypatch.setattr(module, "adapt", lambda strength: Adapted(0.5, 0.0, 4.0, 0.25))
    np.testing.assert_array_equal(count_firings(np.array([[1.2, 0.0, 0.5]]), 4), [[2, 0, 1]])


def test_neighbors_lend_activity_by_hand(monkeypatch):
    """One neuron of 2 fires at step 1; at step 2, E = 1/4, neighbors have U = F (1 / 2 + 1 + w), w = 1 or 1/2."""
    monkeypatch.setattr(module, "adapt", lambda strength: Adapted(0.5, 1.0, 40.0, 0.25))
    strength = np.full((5, 5), 0.11)
    strength[2, 2] = 2
    fires = np.zeros((5, 5))
    fires[2, 1:4] = fires[1:4, 2] = 1  # 0.11 * 2.5 > 1 / 4; at the corners 0.11 * 2 < 1 / 4
    np.testing.assert_array_equal(count_firings(strength, 2), fires)


def test_firings_agree_with_the_equations_written_plainly():
    strength = np.abs(np.random.default_rng(4).standard_normal((21, 34))) * 0.1
    p = adapt(strength)
    weights = np.array([[0.5, 1, 0.5], [1, 0, 1], [0.5, 1, 0.5]])
    u, y, e, total = 0 * strength, 0 * strength, 0 * strength + 1, 0 * strength
    for _ in range(110):
        u = p.feeding * u + strength * (1 + p.linking * ndimage.convolve(y, weights, mode="constant"))
        y = (u > e).astype(float)
        e = p.fading * e + p.amplitude * y
        total += y
    assert total.std() > 1
    np.testing.assert_array_equal(count_firings(strength), total)


def test_bands_run_at_once_do_not_feel_each_other():
    """Large next to small, and a silent one between; more of them than are run at once."""
    bands = np.abs(np.random.default_rng(5).standard_normal((40, 50, 60))).astype(np.float32)
    bands *= np.array([0.3, 0.1, 1e-4, 0.02, 0.2], np.float32).repeat(8)[:, None, None]
    together = count_firings(bands)
    assert together.shape == bands.shape
    assert not together[16:24].any()
    for band, counts in zip(bands[::3], together[::3], strict=True):
        np.testing.assert_array_equal(count_firings(band), counts)


def test_counts_may_exceed_a_byte(monkeypatch):
    monkeypatch.setattr(module, "adapt", lambda strength: Adapted(0.0, 0.0, 0.0, 0.5))
    np.testing.assert_array_equal(count_firings(np.ones((2, 2)), 300), 299)  # not at step 1, where U = E


def test_what_is_flat_or_faint_never_fires():
    faint = np.random.default_rng(0).random((16, 16)) / 1000
    for band in (np.zeros((16, 16)), np.full((16, 16), 0.3), faint, faint.astype(np.float32) * 1e-6):
        assert adapt(band) is None
        assert not count_firings(band).any()


def test_firings_are_compared_with_their_sign():
    strong, flat = np.random.default_rng(0).random((16, 16)) - 0.5, np.zeros((16, 16))
    assert more_firings(strong, flat).min() >= 0
    assert more_firings(strong, flat).max() > 1
    np.testing.assert_array_equal(more_firings(flat, strong), -more_firings(strong, flat))


def test_one_source_decides_where_the_other_is_flat():
    """By hand: a flat source never fires, so all details come from the other; the bases are averaged."""
    image, flat = np.random.default_rng(0).random((32, 48)), np.full((32, 48), 0.5)
    bands = nsst.analyse(image, 2)
    expected = nsst.synthesise(dataclasses.replace(bands, base=bands.base / 2 + 0.25))
    fused = module.pulse_coupled(image, flat, levels=2, margin=0, base_rule="average")
    np.testing.assert_allclose(fused, expected, atol=1e-12)


def test_a_faint_source_is_silent_and_loses_all_its_details():
    """How it fails: a band below the first step of the 8-bit threshold never fires, so noise wins over anatomy."""
    x = np.arange(64)
    faint = np.tile(0.5 + 0.005 * np.cos(2 * np.pi * x / 4), (64, 1)).astype(np.float32)
    noise = (0.5 + 0.05 * np.random.default_rng(0).standard_normal((64, 64))).clip(0, 1).astype(np.float32)
    flat = np.full_like(noise, 0.5)
    options = {"base_rule": "average", "margin": 0}
    alone, fused = fuse(noise, flat, "pulse_coupled", **options), fuse(noise, faint, "pulse_coupled", **options)
    np.testing.assert_allclose(fused, alone, atol=1e-6)


@pytest.mark.parametrize("profile", ["course", "toolbox"])
def test_a_pair_of_equals_stays_as_it_is(profile):
    image = np.random.default_rng(2).random((33, 40)).astype(np.float32)
    np.testing.assert_allclose(fuse(image, image, "pulse_coupled", profile=profile), image, atol=1e-6)


def test_ties_are_the_mean_in_the_course_and_a_in_the_toolbox():
    """Two faint sources: no neuron fires in either."""
    a, b = 0.5 + 0.005 * np.random.default_rng(3).standard_normal((2, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(fuse(a, b, "pulse_coupled", base_rule="average"), (a + b) / 2, atol=1e-6)
    toolbox = fuse(a, b, "pulse_coupled", profile="toolbox")
    details = nsst_toolbox.analyse(toolbox.astype(np.float64)).details[0]
    np.testing.assert_allclose(details, nsst_toolbox.analyse(a.astype(np.float64)).details[0], atol=1e-4)


def test_bad_options_are_named(gray_pair):
    with pytest.raises(ValueError, match="unknown profile 'tolbox'; did you mean 'toolbox'"):
        fuse(*gray_pair, "pulse_coupled", profile="tolbox")
    for iterations in (0, 1.5, True):
        with pytest.raises(ValueError, match="iterations: expected a (positive integer|whole number from 0 to 10000)"):
            fuse(*gray_pair, "pulse_coupled", iterations=iterations)
