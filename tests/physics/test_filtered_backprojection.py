"""Filtered back projection returns what was projected, as scikit-image's does."""

import numpy as np
import pytest
from skimage.transform import iradon

from medfuse_course.physics import filtered_backprojection, parallel_projector, ramp_filter
from tests.physics.test_projector import disk

SIZE, VIEWS = 101, 160


@pytest.fixture(scope="module")
def scan():
    projector = parallel_projector(SIZE, VIEWS, fold=True)
    image = disk(SIZE, 36) + 0.5 * np.roll(disk(SIZE, 8), (10, -14), axis=(0, 1))
    return projector, image, projector.project(image)


def test_values_come_back(scan):
    projector, _, sinogram = scan
    found = filtered_backprojection(sinogram, projector)
    flat = (disk(SIZE, 33) == 1) & (np.roll(disk(SIZE, 12), (10, -14), axis=(0, 1)) == 0)
    assert found[flat].mean() == pytest.approx(1.0, abs=0.003)
    assert found[flat].std() < 0.015
    assert found[np.roll(disk(SIZE, 5), (10, -14), axis=(0, 1)) == 1].mean() == pytest.approx(1.5, abs=0.01)
    assert abs(found[projector.seen() & (disk(SIZE, 40) == 0)].mean()) < 0.005


@pytest.mark.parametrize("window", ["ramp", "shepp-logan", "cosine", "hamming", "hann"])
def test_scikit_image_agrees(scan, window):
    projector, _, sinogram = scan
    found = filtered_backprojection(sinogram, projector, window=window)
    theirs = iradon(sinogram.T, theta=projector.angles_deg, filter_name=window, circle=True)
    inside = disk(SIZE, 48) == 1
    difference = np.abs(found - theirs)[inside]
    assert difference.mean() < 0.006
    assert np.corrcoef(found[inside], theirs[inside])[0, 1] > 0.998


def test_smoother_windows_pass_less_noise(scan):
    projector, _, _ = scan
    noise = np.random.default_rng(0).standard_normal(projector.sinogram_shape)
    sd = [filtered_backprojection(noise, projector, window=w).std() for w in
          ("ramp", "shepp-logan", "cosine", "hamming", "hann")]  # fmt: skip
    assert sd == sorted(sd, reverse=True)
    assert filtered_backprojection(noise, projector, cutoff=0.5).std() < 0.5 * sd[0]


@pytest.mark.parametrize(
    ("window", "gain"), [("ramp", 1), ("shepp-logan", 2 / np.pi), ("cosine", 0), ("hamming", 0.08), ("hann", 0)]
)
def test_the_windows_at_the_nyquist_frequency(window, gain):
    fastest = np.where(np.arange(400) % 2, -1.0, 1.0)[None]
    assert ramp_filter(fastest, window=window)[0, 200] == pytest.approx(gain / 2, abs=0.003)


def test_the_ramp_has_no_mean_and_is_linear():
    views = np.random.default_rng(0).random((3, 40)).astype(np.float32)
    constant = ramp_filter(np.ones((1, 401), dtype=np.float32))
    assert abs(constant[0, 200]) < 0.005
    np.testing.assert_allclose(ramp_filter(3 * views), 3 * ramp_filter(views), rtol=1e-4, atol=1e-6)


def test_the_impulse_response_is_the_kernel_of_kak_and_slaney():
    impulse = np.zeros((1, 21), dtype=np.float32)
    impulse[0, 10] = 1
    expected = [0.25, -1 / np.pi**2, 0, -1 / (3 * np.pi) ** 2, 0, -1 / (5 * np.pi) ** 2]
    np.testing.assert_allclose(ramp_filter(impulse)[0, 10:16], expected, atol=1e-6)


def test_unknown_windows_are_answered(scan):
    with pytest.raises(ValueError, match="did you mean 'hann'"):
        ramp_filter(np.zeros((2, 20)), window="han")
    with pytest.raises(ValueError, match="cutoff: expected"):
        ramp_filter(np.zeros((2, 20)), cutoff=0)
