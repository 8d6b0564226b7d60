"""``medfuse fuse`` and its sisters on folders of DICOM: the right image, and nothing of whoever was scanned."""

import gzip
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'medfuse-course[dicom]'")

from medfuse_course.datasets import read_volume
from medfuse_course.methods import segment
from medfuse_course.methods.volumes import fuse_volumes
from tests.dicom_series import PATIENT, around, body, turned, write_series

SHAPE = (24, 22, 13)
GRID = around(turned((8, -5, 12), (2.0, 2.2, 3.0)), SHAPE)
OTHER = around(np.diag([-3.0, -3.0, 3.0, 1.0]), (20, 20, 16))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A CT and a PET of one body on two grids, beside each other."""
    write_series(tmp_path / "study" / "1", body(GRID, SHAPE) + np.int16(1024), GRID)
    write_series(tmp_path / "study" / "2", body(OTHER, (20, 20, 16)) * np.int16(9), OTHER, "PT", RescaleSlope=2.0)
    return tmp_path / "study"


def test_a_study_is_fused_as_the_library_does(medfuse, study: Path) -> None:
    ct, pet, out = study / "1", study / "2", study / "fused.nii.gz"
    windows = {"window_a": "hu:0,1500", "window_b": "suv:0-6"}
    done = medfuse("fuse", ct, pet, "-o", out, "--resample", "--window-a", "hu:0,1500", "--window-b", "suv:0-6")
    assert (done.code, done.out) == (0, ""), done.err
    assert "B: SUV by body weight from Units (0054,1001) BQML, PatientWeight (0010,1030) 80 kg" in done.err
    expected = fuse_volumes(ct, pet, resample=True, progress=False, **windows)
    image = nibabel.load(out)
    np.testing.assert_array_equal(image.get_fdata(dtype=np.float32), expected.data)
    np.testing.assert_allclose(image.affine, GRID, atol=1e-4)
    # 700 * 9 * 2 Bq/ml and 80 000 g / 200 MBq are 5.04 SUV in the large ball
    assert read_volume(pet).array().max() == pytest.approx(5.04)


def test_nothing_of_the_patient_is_in_what_is_written(medfuse, study: Path) -> None:
    made = []
    for command in (
        ("fuse", study / "1", study / "2", "--resample"),
        ("fuse", study / "2", study / "1", "--resample"),
        ("segment", study / "1", study / "2", "--resample"),
        ("enhance", study / "2", "--method", "gaussian_denoise"),
    ):
        out = study.parent / f"{len(made)}.nii.gz"
        done = medfuse(*command, "-o", out)
        assert done.code == 0, done.err
        made.append(gzip.decompress(out.read_bytes()) + out.read_bytes() + done.err.encode())
    secrets = [*PATIENT.values(), *"Sorensen Okonkwo Zebulon 20240517".split()]
    uids = {uid for part in "12" for uid in _uids(study / part)}
    for content in made:
        assert [text for text in [*secrets, *uids] if text.encode() in content] == []


def _uids(folder: Path) -> list[str]:
    import pydicom

    file = pydicom.dcmread(next(folder.iterdir()))
    return [str(file.SeriesInstanceUID), str(file.SOPInstanceUID)]


def test_a_series_is_chosen_by_the_end_of_its_uid(medfuse, study: Path) -> None:
    out = study / "f.nii"
    options = ("-o", out, "--resample", "--method", "average", "--quiet")
    done = medfuse("fuse", study, study, *options)
    assert (done.code, out.exists()) == (1, False)
    assert "holds 2 series; choose one" in done.err and "(--series-a, --series-b): CT, 13 files of 22 x 24" in done.err
    ct, pet = (_uids(study / part)[0][-9:] for part in "12")
    assert medfuse("fuse", study, study, *options, "--series-a", ct, "--series-b", pet).code == 0
    expected = fuse_volumes(study / "1", study / "2", method="average", resample=True, progress=False)
    np.testing.assert_array_equal(nibabel.load(out).get_fdata(dtype=np.float32), expected.data)


def test_a_window_of_another_unit_is_refused(medfuse, study: Path) -> None:
    sides = ("fuse", study / "1", study / "2", "-o", study / "f.nii", "--resample")
    for options, said in (
        (("--no-suv", "--window-b", "suv:0-10"), "window_b: suv:0-10 is of SUV, and"),
        (("--window-a", "suv:0-10"), "holds HU"),
        (("--window-b", "hu:brain"), "is of HU, and"),
    ):
        done = medfuse(*sides, *options)
        assert done.code == 1
        assert said in done.err
    assert medfuse(*sides, "--no-suv").code == 0


def test_another_frame_of_reference_is_said(medfuse, study: Path) -> None:
    write_series(study / "mr", body(GRID, SHAPE), GRID, "MR", FrameOfReferenceUID="1.2.3.10")
    done = medfuse("fuse", study / "1", study / "mr", "-o", study / "f.nii")
    assert done.code == 0
    assert "states another frame of reference than" in done.err


def test_lesions_are_found_in_suv(medfuse, study: Path) -> None:
    out = study / "lesions.nii"
    assert medfuse("segment", study / "2", "-o", out, "--option", "threshold=4", "--option", "fraction=0").code == 0
    pet = read_volume(study / "2")
    k = int(np.argmax(pet.array().sum(axis=(0, 1))))
    mask = segment(pet.slice(k), threshold=4.0, fraction=0.0)
    assert 0 < mask.sum() < mask.size
    np.testing.assert_array_equal(read_volume(out).slice(k), mask)


def test_nonsense_is_one_line(medfuse, study: Path) -> None:
    (study / "empty").mkdir()
    (study / "text").mkdir()
    (study / "text" / "a.dcm").write_text("no image " * 40)
    for bad, code, said in (
        (study / "empty", 1, "no DICOM file in this folder"),
        (study / "text", 1, "is not DICOM, whatever its name says"),
        (study / "nothing", 1, "no such file or folder"),
        (study / "nothing.dcm", 1, "no such file"),
    ):
        done = medfuse("fuse", study / "1", bad, "-o", study / "f.nii")
        assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done.err
        assert said in done.err
    done = medfuse("fuse", study / "1", study / "2", "-o", study / "f.png", "--resample")
    assert done.code == 2
    assert "-o: expected a name that ends in .nii or .nii.gz" in done.err
    done = medfuse("enhance", study / "2", "-o", study / "f.nii", "--series-a", "9.9")
    assert "holds 1 series, 0 of which end in '9.9'" in done.err


def test_without_pydicom_the_command_says_how_to_get_it(medfuse, study: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pydicom", None)
    done = medfuse("fuse", study / "1", study / "2", "-o", study / "f.nii")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "pip install 'medfuse-course[dicom]'" in done.err
