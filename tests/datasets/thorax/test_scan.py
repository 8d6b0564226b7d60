"""The scanners of the thorax: values come out as they went in, and lesions shine."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import ThoraxScan, plane_height
from medfuse_course.datasets.thorax.shape import Lesion
from medfuse_course.datasets.thorax.tissues import LABELS
from medfuse_course.datasets.thorax.volumes import thorax_volumes

Z = plane_height(14)
TUMOR = Lesion((-80.0, -30.0, Z), 14.0, 9.0)


@pytest.fixture(scope="module", params=["reconstruction", "image_space"])
def scan(request):
    return ThoraxScan(3, (TUMOR,), simulate=request.param)


def pure(scan, name, margin=3):
    mask = ndimage.binary_erosion(scan.fractions(Z)[LABELS[name]] > 0.98, iterations=margin)
    assert mask.sum() > 40
    return mask


@pytest.mark.parametrize(("tissue", "low", "high"), [
    ("liver", 50, 60), ("blood", 40, 60), ("fat", -110, -90), ("muscle", 40, 60), ("lung", -850, -700),
])  # fmt: skip
def test_ct_shows_the_ct_numbers(scan, tissue, low, high):
    assert low < scan.image("CT", Z)[pure(scan, tissue)].mean() < high


@pytest.mark.parametrize(("tissue", "low", "high"), [("liver", 2, 2.5), ("blood", 1.5, 2.05), ("lung", 0.4, 0.7)])
def test_pet_shows_the_uptakes(scan, tissue, low, high):
    assert low < scan.image("PET", Z)[pure(scan, tissue)].mean() < high


def test_the_lesion_shines(scan):
    pet, mask = scan.image("PET", Z), pure(scan, "lesion", 2)
    assert pet[mask].mean() == pytest.approx(9.0, rel=0.15)
    assert scan.truth("suv", Z)[mask].mean() == pytest.approx(9.0, rel=0.01)
    assert np.median(pet[pure(scan, "lung")]) < 0.1 * pet[mask].mean()


def test_noise_is_that_of_a_low_dose_scan(scan):
    quiet = ThoraxScan(3, (TUMOR,), simulate=scan.simulate, noise=0.0)
    liver = pure(scan, "liver", 5)
    ct, pet = (scan.image(m, Z) - quiet.image(m, Z) for m in ("CT", "PET"))
    assert 7 < ct[liver].std() < 25
    assert 0.05 < pet[liver].std() / 2.2 < 0.15
    assert abs(ct[liver].mean()) < 2 and abs(pet[liver].mean()) < 0.06


def test_lungs_are_denser_in_the_back(scan):
    hu, lung = scan.truth("hu", Z), scan.fractions(Z)[LABELS["lung"]] > 0.999
    rows = np.nonzero(lung)[0]
    front, back = (hu[lung & (np.arange(256)[:, None] < r) if above else lung & (np.arange(256)[:, None] > r)].mean()
                   for r, above in ((np.percentile(rows, 20), True), (np.percentile(rows, 80), False)))  # fmt: skip
    assert back - front > 25
    assert hu[lung].min() > -855 and hu[lung].max() < -695


def test_uncorrected_pet_is_hollow_and_skin_bright():
    scan = ThoraxScan(3, (), noise=0.0)
    blind = ThoraxScan(3, (), noise=0.0, attenuation_correction=False)
    liver, lung = pure(scan, "liver", 6), pure(scan, "lung", 4)
    true, uncorrected = scan.image("PET", Z), blind.image("PET", Z)
    assert uncorrected[liver].mean() / uncorrected[lung].mean() < 0.5 * true[liver].mean() / true[lung].mean()


def test_the_two_simulations_agree():
    one, other = (ThoraxScan(3, (TUMOR,), noise=0.0, simulate=s) for s in ("reconstruction", "image_space"))
    for modality, limit in (("CT", 30), ("PET", 0.12)):
        difference = one.image(modality, Z) - other.image(modality, Z)
        assert np.abs(difference).mean() < limit
        assert np.corrcoef(one.image(modality, Z).ravel(), other.image(modality, Z).ravel())[0, 1] > 0.98


def test_images_repeat_and_seeds_differ(scan):
    again = ThoraxScan(3, (TUMOR,), simulate=scan.simulate)
    np.testing.assert_array_equal(scan.image("PET", Z), again.image("PET", Z))
    assert scan.shape.patient != ThoraxScan(4).shape.patient


def test_lesions_are_placed_in_the_lung_and_apart():
    scan = make_scan(heights=(Z,), seed=5, lesions=3, lesion_size=12.0, lesion_suv=None)
    labels, count = ndimage.label(scan.fractions(Z)[LABELS["lesion"]] > 0.5)
    assert count == 3 and labels.max() == 3
    assert all(3 <= lesion.suv <= 15 and lesion.radius == 6 for lesion in scan.lesions)
    drawn = [make_scan(heights=(0.0,), seed=s, lesions=1, lesion_size=None, lesion_suv=None) for s in range(6)]
    sizes = [scan.lesions[0].radius * 2 for scan in drawn]
    assert min(sizes) >= 6 and max(sizes) <= 40 and np.std(sizes) > 2


@pytest.mark.parametrize(("options", "words"), [
    ({"lesions": 9}, "lesions: expected a whole number from 0 to 8"), ({"lesions": True}, "lesions: expected"),
    ({"lesion_size": 5}, "lesion_size: expected a diameter"), ({"lesion_suv": 20}, "lesion_suv: expected an uptake"),
    ({"noise": -1}, "noise: expected a factor"), ({"simulate": "image-space"}, "did you mean 'image_space'"),
    ({"lesions": 8, "lesion_size": 40}, "find room"), ({"seed": -1}, "seed: expected a non-negative"),
])  # fmt: skip
def test_impossible_examinations_are_answered(options, words):
    plain = {"seed": 0, "lesions": 1, "lesion_size": None, "lesion_suv": None}
    with pytest.raises(ValueError, match=words):
        make_scan(heights=(Z,), **{**plain, **options})


@pytest.fixture(scope="module")
def volumes():
    return thorax_volumes(seed=3, lesions=1, lesion_size=20.0, lesion_suv=8.0, slices=range(10, 40, 3))


def test_volumes_are_the_planes_in_nifti_axes(volumes):
    scan = make_scan(
        heights=[plane_height(k) for k in range(10, 40, 3)], seed=3, lesions=1, lesion_size=20.0, lesion_suv=8.0,
        simulate="image_space",
    )  # fmt: skip
    assert volumes.images["CT"].shape == volumes.labels.shape == (256, 256, 10)
    np.testing.assert_array_equal(volumes.images["CT"][::-1, ::-1, 2].T, scan.image("CT", plane_height(16)))
    np.testing.assert_array_equal(volumes.labels[::-1, ::-1, 2].T, scan.labels(plane_height(16)))
    corner = volumes.affine @ [255, 255, 2, 1]  # row 0, column 0 of a plane: right, front
    np.testing.assert_allclose(corner, [127.5 * 1.6, 127.5 * 1.6 - 4, plane_height(16), 1], atol=1e-3)


def test_volumes_keep_the_activity_and_know_their_lesion(volumes):
    assert volumes.images["PET"].sum() == pytest.approx(volumes.suv.sum(), rel=0.01)
    lesion = volumes.labels == LABELS["lesion"]
    assert lesion.any() and volumes.suv[lesion].mean() > 5


def test_unknown_modalities_and_slices_are_answered():
    with pytest.raises(ValueError, match="modalities: unknown modality 'MRI'"):
        thorax_volumes(("MRI",))
    with pytest.raises(ValueError, match="slices: expected an upward range"):
        thorax_volumes(slices=range(60, 80))
