"""The scanners of the head phantom: each image is its truth, blurred and noisy, and nothing else."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.acquisition import pet_slice, spect_slice
from medfuse_course.datasets.head.scan import LOWEST, TRACERS, HeadScan, make_scan, plane_height
from medfuse_course.datasets.head.shape import HeadShape
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.datasets.head.volumes import head_volumes

Z = 14.0


@pytest.fixture(scope="module")
def scan():
    return HeadScan(seed=0)


def pure(scan, name):
    """Pixels that one tissue fills, away from its border."""
    mask = ndimage.binary_erosion(scan.fractions(Z)[LABELS[name]] > 0.97)
    assert mask.sum() > 100
    return mask


@pytest.mark.parametrize(("tissue", "hu"), [("gray matter", 38), ("white matter", 28), ("csf", 8)])
def test_ct_shows_the_ct_numbers(scan, tissue, hu):
    assert scan.image("CT", Z)[pure(scan, tissue)].mean() == pytest.approx(hu, abs=1.0)


def test_ct_noise_is_what_was_asked_for(scan):
    quiet = HeadScan(seed=0, noise=0.0).image("CT", Z)
    noise = scan.image("CT", Z) - quiet
    assert noise.mean() == pytest.approx(0, abs=0.2)
    assert noise.std() == pytest.approx(3.5, rel=0.02)
    assert (HeadScan(seed=0, noise=2.0).image("CT", Z) - quiet).std() == pytest.approx(7.0, rel=0.02)


def test_bone_of_the_skull_label_has_its_density(scan):
    hu, labels = scan.truth("hu", Z), scan.labels(Z)
    assert 700 < hu[labels == LABELS["compact bone"]].mean() < 1500
    assert 300 < hu[labels == LABELS["diploe"]].mean() < 700


@pytest.mark.parametrize(("contrast", "order"), [("t1", ("white matter", "gray matter", "csf")),
                                                 ("t2", ("csf", "gray matter", "white matter"))])  # fmt: skip
def test_mri_shows_its_contrast(contrast, order):
    scan = HeadScan(seed=0, contrast=contrast)
    image, labels = scan.image("MRI", Z), scan.labels(Z)
    means = [image[labels == LABELS[name]].mean() for name in order]
    assert means[0] > 1.1 * means[1] and means[1] > 1.1 * means[2]


def test_mri_background_is_rician_noise_and_the_coil_is_uneven(scan):
    image = scan.image("MRI", Z)
    corner = image[:20, :20]
    assert corner.mean() == pytest.approx(12 * np.sqrt(np.pi / 2), rel=0.1)
    shading = HeadScan(seed=0, noise=0.0).image("MRI", Z) / np.maximum(scan.truth("signal", Z), 1)
    white = pure(scan, "white matter")
    assert 0.01 < shading[white].std() < 0.15


def test_the_pons_is_more_active_than_in_people_as_the_table_of_tissues_says():
    z = plane_height(6)
    scan, (x, y, height) = HeadScan(seed=0), HeadShape(seed=0)._template_points(z)
    pons = (np.hypot(x / 10, (y + 26) / 9) < 1) & (abs(height + 32) < 6)
    activity = scan.truth("PET", z)
    cortex = activity[scan.fractions(z)[LABELS["gray matter"]] > 0.95].mean()
    assert 0.5 < activity[pons].mean() / cortex < 0.8


@pytest.mark.parametrize(("modality", "ratio"), [("PET", 4.0), ("SPECT", 2.5)])
def test_true_activity_of_gray_to_white(scan, modality, ratio):
    activity = scan.truth(modality, Z)
    gray, white = (activity[scan.fractions(Z)[LABELS[name]] > 0.999].mean() for name in ("gray matter", "white matter"))
    assert gray / white == pytest.approx(ratio, rel=0.1)  # uptake varies by region


@pytest.mark.parametrize(("modality", "fwhm"), [("PET", 5.5), ("SPECT", 8.5)])
def test_emission_images_have_the_stated_resolution(modality, fwhm):
    assert TRACERS[modality].fwhm_mm == pytest.approx(fwhm, abs=0.1)
    quiet = HeadScan(seed=0, noise=0.0)
    z_apart = 0.55 * TRACERS[modality].fwhm_mm
    planes = [quiet.truth(modality, Z + k * z_apart) for k in (-1, 0, 1)]
    weights = np.exp(-4 * np.log(2) * np.array([0.55, 0, 0.55]) ** 2)
    sigma = TRACERS[modality].fwhm_mm / 2.3548
    expected = ndimage.gaussian_filter(np.average(planes, axis=0, weights=weights), sigma, truncate=6)
    np.testing.assert_allclose(quiet.image(modality, Z), expected, atol=0.02 * expected.max())


@pytest.mark.parametrize(("modality", "low", "high"), [("PET", 5.6, 8.2), ("SPECT", 8.2, 16.0)])
def test_reconstructed_points_are_as_wide_as_it_is_said(modality, low, high):
    scan, tracer = HeadScan(seed=3), TRACERS[modality]
    hu, activity = scan.truth("hu", Z), scan.truth(modality, Z)
    filtered = {"counts": 0, "filter_mm": tracer.filter_mm}
    if modality == "PET":
        shown = lambda map_: pet_slice(map_, hu, spacing_mm=1.0, seed=0, resolution_mm=4.5, **filtered)  # noqa: E731
    else:
        shown = lambda map_: spect_slice(map_, hu, spacing_mm=1.0, seed=0, **filtered)  # noqa: E731
    rest, widths = shown(activity), []
    for row, column in ((128, 128), (60, 128)):
        point = np.zeros_like(activity)
        point[row : row + 2, column : column + 2] = 20 * activity.mean()
        seen = shown(activity + point) - rest
        top = np.unravel_index(seen.argmax(), seen.shape)
        widths += [half_width(seen[top[0]]), half_width(seen[:, top[1]])]
    assert low < min(widths) < max(widths) < high
    assert max(widths) > 1.2 * tracer.fwhm_mm, "wider than the same scanner in image space"


def half_width(profile):
    """Full width at half maximum, between the samples."""
    half, top = profile - profile.max() / 2, int(profile.argmax())
    right = top + int(np.argmax(half[top:] < 0))
    left = top - int(np.argmax(half[top::-1] < 0))
    after, before = half[right] / (half[right] - half[right - 1]), half[left] / (half[left] - half[left + 1])
    return right - after - left - before


@pytest.mark.parametrize("modality", ["PET", "SPECT"])
@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_counting_keeps_the_activity_and_adds_the_noise_of_filtered_counts(modality, factor):
    quiet, noisy = (HeadScan(seed=0, noise=noise).image(modality, Z) for noise in (0.0, factor))
    assert noisy.sum() == pytest.approx(quiet.sum(), rel=0.01)
    assert noisy.min() >= 0
    # Poisson counts n = sensitivity * activity under a Gaussian filter: variance n / (4 pi sigma^2).
    tracer = TRACERS[modality]
    sigma = tracer.filter_mm / 2.3548
    brain = quiet > 0.5 * quiet.max()
    expected = factor * np.sqrt(quiet[brain].mean() / tracer.sensitivity / (4 * np.pi * sigma**2))
    assert (noisy - quiet)[brain].std() == pytest.approx(expected, rel=0.1)


def test_spect_is_noisier_and_blurrier_than_pet(scan):
    sharpness = {}
    for modality in ("PET", "SPECT"):
        quiet = HeadScan(seed=0, noise=0.0).image(modality, Z)
        sharpness[modality] = np.abs(np.diff(quiet / quiet.max(), axis=1)).max()
    assert sharpness["SPECT"] < 0.8 * sharpness["PET"]


def test_volumes_are_the_planes_in_nifti_axes():
    volumes = head_volumes(("CT",), seed=2, slices=range(10, 41, 15))
    ct = volumes.images["CT"]
    assert ct.shape == volumes.labels.shape == (256, 256, 3)
    assert ct.dtype == np.float32
    single = HeadScan(seed=2)
    np.testing.assert_array_equal(ct[::-1, ::-1, 1].T, single.image("CT", plane_height(25)))
    np.testing.assert_array_equal(volumes.labels[::-1, ::-1, 1].T, single.labels(plane_height(25)))
    np.testing.assert_array_equal(volumes.affine[:3, :3], np.diag([1, 1, 30]))
    # A voxel of the affine is a pixel of the plane: row 0, column 0 is the right front corner, x 127.5, y 113.5.
    np.testing.assert_array_equal(volumes.affine @ [255, 255, 0, 1], [127.5, 113.5, LOWEST + 20, 1])


def test_emission_volumes_keep_the_activity_and_blur_along_the_axis():
    slices = range(27, 34)
    volumes = head_volumes(("PET",), seed=2, lesions=1, noise=0, slices=slices)
    pet = volumes.images["PET"]
    scan_planes = [plane_height(k) for k in slices]
    lesion = volumes.labels == LABELS["lesion"]
    assert lesion.any()
    healthy = np.stack([HeadScan(seed=2).truth("PET", z)[::-1, ::-1].T for z in scan_planes], axis=2)
    assert pet[~lesion].sum() + pet[lesion].sum() == pytest.approx(healthy.sum(), rel=0.05)
    rough, smooth = (np.abs(np.diff(volume, axis=2)).mean() for volume in (healthy, pet))
    assert smooth < 0.8 * rough


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"modalities": ("XRAY",)}, "modalities: unknown modality 'XRAY'"),
        ({"contrast": "flair"}, "contrast: expected 't1' or 't2', got 'flair'"),
        ({"lesions": -1}, "lesions: expected a whole number from 0 to 8"),
        ({"lesions": 1.5}, "lesions: expected a whole number"),
        ({"lesion_size": 100}, "lesion_size: expected a diameter from 6 to 40 mm"),
        ({"noise": float("nan")}, "noise: expected a factor from 0"),
        ({"slices": range(50, 60)}, "slices: expected an upward range within 0 to 55"),
        ({"slices": range(0)}, "slices: expected an upward range"),
        ({"seed": -1}, "seed: expected a non-negative integer"),
    ],
)
def test_wrong_options_are_answered(options, words):
    with pytest.raises(ValueError, match=words):
        head_volumes(**options)


@pytest.mark.parametrize(("modality", "noise"), [("CT", (2, 6)), ("PET", (0.2, 0.8)), ("SPECT", (0.05, 0.35))])
def test_reconstructed_slices_show_the_same_head(modality, noise):
    scan = HeadScan(seed=0, simulate="reconstruction")
    quiet = HeadScan(seed=0, noise=0.0, simulate="reconstruction").image(modality, Z)
    model = HeadScan(seed=0, noise=0.0).image(modality, Z)
    gray, white = pure(scan, "gray matter"), pure(scan, "white matter")
    assert noise[0] < (scan.image(modality, Z) - quiet)[white].std() < noise[1]
    for tissue in (gray, white):
        assert quiet[tissue].mean() == pytest.approx(model[tissue].mean(), rel=0.15)
    assert np.corrcoef(quiet.ravel(), model.ravel())[0, 1] > 0.97


def test_unknown_simulations_are_answered():
    with pytest.raises(ValueError, match="simulate: unknown simulation 'image-space'; did you mean 'image_space'"):
        make_scan(heights=(Z,), seed=0, contrast="t1", lesions=0, lesion_size=16.0, noise=1.0, simulate="image-space")


def test_volumes_are_reconstructed_on_request():
    pet = head_volumes(("PET",), seed=2, slices=range(29, 30), simulate="reconstruction").images["PET"]
    scan = HeadScan(seed=2, simulate="reconstruction")
    np.testing.assert_array_equal(pet[::-1, ::-1, 0].T, scan.image("PET", plane_height(29)))
