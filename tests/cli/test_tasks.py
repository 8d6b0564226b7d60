"""``medfuse enhance``, ``synthesize``, ``segment``: what the library gives, in the file's own unit and header."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from medfuse_course.cli.tasks import _ENHANCE, _SEGMENT, _SYNTHESIZE
from medfuse_course.datasets.image_files import read_image, write_image
from medfuse_course.datasets.nifti import DESCRIPTION
from medfuse_course.methods import TASKS, enhance, segment, synthesize
from medfuse_course.methods.slicewise import enhance_volume
from medfuse_course.methods.tasks import DEFAULTS

AFFINE = np.array([[-2.0, 0, 0, 30], [0, 2, 0, -20], [0, 0, 3, 7], [0, 0, 0, 1]])
RNG = np.random.default_rng(0)


@pytest.fixture
def pet(tmp_path: Path) -> Path:
    """A PET in SUV with one hot ball, and a CT without a lung."""
    i, j, k = np.indices((30, 26, 5))
    suv = 1 + 0.2 * RNG.random(i.shape) + 9 * ((i - 14) ** 2 + (j - 12) ** 2 + 9 * (k - 2) ** 2 < 30)
    image = nibabel.Nifti1Image(suv.astype(np.float32), AFFINE)
    image.header["descrip"] = b"made up"
    nibabel.save(image, tmp_path / "pet.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.full(i.shape, 40, np.int16), AFFINE), tmp_path / "ct.nii.gz")
    np.save(tmp_path / "pet.npy", suv[..., 2])
    np.save(tmp_path / "stack.npy", np.moveaxis(suv, 2, 0)[1:4])
    return tmp_path


def load(path: Path) -> np.ndarray:
    return np.asarray(nibabel.load(path).dataobj)


def test_what_a_command_says_is_what_the_task_is() -> None:
    for texts in (_ENHANCE, _SYNTHESIZE, _SEGMENT):
        assert (TASKS[texts.slug].verb, DEFAULTS[texts.slug]) == (texts.verb, texts.method)


def test_enhance_keeps_the_unit_of_an_array(medfuse, pet: Path) -> None:
    for name in ("pet", "stack"):
        done = medfuse("enhance", pet / f"{name}.npy", "-o", pet / "f.npy", "--option", "strength=1", "--overwrite")
        assert (done.code, done.out) == (0, ""), done.err
        np.testing.assert_array_equal(np.load(pet / "f.npy"), enhance(np.load(pet / f"{name}.npy"), strength=1.0))
    assert np.load(pet / "f.npy").max() > 5


def test_enhance_keeps_the_unit_and_header_of_a_volume(medfuse, pet: Path) -> None:
    files = pet / "pet.nii.gz", "-o", pet / "f.nii.gz"
    done = medfuse("enhance", *files, "-m", "gaussian_denoise", "--option", "fwhm=2")
    assert (done.code, done.err) == (0, f"medfuse: wrote {pet / 'f.nii.gz'}\n")
    image = nibabel.load(pet / "f.nii.gz")
    np.testing.assert_array_equal(image.affine, AFFINE)
    assert (image.get_data_dtype(), image.header["descrip"].item()) == (np.float32, DESCRIPTION.encode())
    slice_2 = enhance(load(pet / "pet.nii.gz")[..., 2].astype(np.float32), "gaussian_denoise", fwhm=2.0)
    np.testing.assert_allclose(load(pet / "f.nii.gz")[..., 2], slice_2, atol=1e-5)
    assert float(image.header["cal_max"]) > 5


def test_neighbors_are_seen_and_the_ends_repeat(pet: Path) -> None:
    options = {"method": "gaussian_denoise", "fwhm": 0.0, "fwhm_slices": 2.0, "progress": False}
    got = enhance_volume(pet / "pet.nii.gz", neighbors=1, **options).data
    voxels = load(pet / "pet.nii.gz")
    for k, around in ((0, [0, 0, 1]), (2, [1, 2, 3]), (4, [3, 4, 4])):
        stack = np.moveaxis(voxels[..., around], 2, 0).astype(np.float32)
        wanted = enhance(stack, "gaussian_denoise", fwhm=0.0, fwhm_slices=2.0)
        np.testing.assert_allclose(got[..., k], wanted, atol=1e-5)
    with pytest.raises(ValueError, match="neighbors: expected 0 or more"):
        enhance_volume(pet / "pet.nii.gz", neighbors=-1)


def test_synthesize_gives_pictures_in_0_1_and_volumes_in_hu(medfuse, tmp_path: Path) -> None:
    mri = np.zeros((40, 44), np.float32)
    mri[8:32, 8:36] = 0.6
    write_image(tmp_path / "a.npy", mri)
    assert medfuse("synthesize", tmp_path / "a.npy", "-o", tmp_path / "f.npy").code == 0
    np.testing.assert_array_equal(read_image(tmp_path / "f.npy"), synthesize(mri))
    nibabel.save(nibabel.Nifti1Image((1000 * mri)[..., None].repeat(2, axis=2), AFFINE), tmp_path / "a.nii")
    done = medfuse("synthesize", tmp_path / "a.nii", "-o", tmp_path / "f.nii", "--window", "range:0,1000")
    assert done.code == 0
    assert "window range:0,1000" in done.err
    hu = load(tmp_path / "f.nii")
    assert hu.min() == -1000
    assert -100 < np.median(hu[10:30, 10:34]) < 300


def test_segment_gives_zero_and_one(medfuse, pet: Path) -> None:
    assert medfuse("segment", pet / "pet.npy", "-o", pet / "m.png").code == 0
    mask = segment(np.load(pet / "pet.npy"))
    np.testing.assert_array_equal(read_image(pet / "m.png"), mask)
    assert 90 < mask.sum() < 100  # a disk of 30 pi pixels
    done = medfuse("segment", pet / "pet.nii.gz", "-o", pet / "m.nii", "--option", "fraction=0")
    assert done.code == 0, done.err
    np.testing.assert_array_equal(load(pet / "m.nii")[..., 2], segment(np.load(pet / "pet.npy"), fraction=0))
    both = medfuse("segment", pet / "ct.nii.gz", pet / "pet.nii.gz", "-o", pet / "n.nii")  # there is no lung
    assert both.code == 0, both.err
    assert load(pet / "n.nii").max() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("enhance", "pet.npy", "-o", "f.npy", "-m", "average"), 2, "average does fusion: use medfuse fuse"),
        (("fuse", "pet.npy", "pet.npy", "-o", "f.npy", "-m", "nonlocal_means"), 2, "use medfuse enhance"),
        (("segment", "pet.npy", "-o", "f.npy", "--option", "fractoin=1"), 2, "did you mean 'fraction'"),
        (("segment", "pet.npy", "-o", "f.npy", "--option", "threshold=high"), 2, "threshold: expected a number"),
        (
            ("segment", "ct.nii.gz", "pet.npy", "-o", "f.npy"),
            2,
            "only volumes (NIfTI, DICOM) or only pictures",
        ),
        (("enhance", "pet.npy", "-o", "f.nii"), 2, "expected a name that ends in .png or .npy"),
        (("enhance", "pet.npy", "-o", "f.npy", "--neighbors", "1"), 2, "--neighbors is for volumes"),
        (("enhance", "pet.npy", "-o", "f.png"), 1, "expected values in [0, 1]"),
        (("enhance", "pet.npy", "-o", "pet.npy", "--overwrite"), 1, "inputs are never written over"),
        (("synthesize", "pet.npy", "-o", "f.npy"), 1, "expected values in [0, 1]"),
        (("enhance", "none.npy", "-o", "f.npy"), 1, "no such file"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(medfuse, pet: Path, monkeypatch, arguments, code, said) -> None:
    monkeypatch.chdir(pet)
    before = {path.name for path in pet.iterdir()}
    done = medfuse(*arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert {path.name for path in pet.iterdir()} == before
