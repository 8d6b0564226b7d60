"""Files as they come: each is a volume, or is answered in one sentence that tells nobody's name."""

import random
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pydicom = pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'medfuse-course[dicom]'")

from medfuse_course.datasets import read_volume  # noqa: E402
from medfuse_course.datasets.dicom import is_dicom, read_series, reading  # noqa: E402
from medfuse_course.datasets.image_files import ImageFileError  # noqa: E402
from medfuse_course.datasets.volume import GridWarning  # noqa: E402
from tests.dicom_series import (  # noqa: E402
    BIG,
    EXPLICIT,
    IMPLICIT,
    PATIENT,
    RLE,
    datasets,
    injection,
    save,
    write_series,
)  # fmt: skip

SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
GRID = np.array([[-2.0, 0, 0, 12], [0, -1.5, 0, 9], [0, 0, 3, -7], [0, 0, 0, 1]])
STORED = np.random.default_rng(3).integers(-900, 2000, (7, 6, 5)).astype(np.int16)


def refused(path, said, **options):
    with pytest.raises(ImageFileError, match=said) as caught:
        read_volume(path, **options)
    assert not any(secret in str(caught.value) for secret in PATIENT.values())


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, RLE])
def test_every_plain_way_to_write_pixels_is_read(tmp_path, syntax):
    volume = read_volume(write_series(tmp_path / "s", STORED, GRID, syntax=syntax))
    np.testing.assert_array_equal(volume.array(), STORED - 1024.0)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_files_without_a_preface_and_without_an_ending_are_read(tmp_path, syntax):
    for k, ds in enumerate(datasets(STORED, GRID)):
        save(ds, tmp_path / f"IM{9 - k}", syntax, preamble=False)
    (tmp_path / "notes.txt").write_text("nothing of the kind")
    (tmp_path / ".DS_Store").write_bytes(b"\x08\0" + bytes(200))
    volume = read_volume(tmp_path)
    np.testing.assert_array_equal(volume.array(), STORED - 1024.0)
    assert volume.notes == ("left out 1 files in its folder that are no DICOM, such as notes.txt",)


def test_a_pet_that_lost_its_last_slices_is_asked_about(tmp_path):
    folder = write_series(tmp_path / "s", STORED, GRID, "PT", NumberOfSlices=6)
    with pytest.warns(GridWarning, match="its header counts 6 slices, and 5 are here; is the folder whole"):
        read_volume(folder)
    read_volume(write_series(tmp_path / "t", STORED, GRID, "PT", NumberOfSlices=5))


def test_a_slice_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    for k, ds in enumerate(datasets(STORED, GRID)):
        save(ds, tmp_path / f"IM{k}")
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "IM4")
    with pytest.raises(PermissionError, match="IM4: no permission"):
        read_volume(tmp_path)


def test_pydicoms_log_and_warnings_stay_silent(tmp_path, caplog):
    # a character set that nobody knows: pydicom would warn and log, with the value
    folder = write_series(tmp_path / "s", STORED, GRID, SpecificCharacterSet="ISO_IR 100")
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"ISO_IR 100", b"Sorensen^A"))
    caplog.clear()  # of what it said when the series was written
    read_volume(folder)
    assert caplog.records == []


def test_slices_in_folders_of_a_folder_are_found(tmp_path):
    for k, ds in enumerate(datasets(STORED, GRID)):
        (tmp_path / f"S{k}").mkdir()
        save(ds, tmp_path / f"S{k}" / "I")
    assert read_volume(tmp_path).shape == STORED.shape


def test_what_pydicom_ships_is_read_or_named():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one slice
        plain = read_series(SHIPPED / "MR_small.dcm").array()
        for kind in ("RLE", "bigendian", "expb", "implicit", "jp2klossless", "padded"):
            np.testing.assert_array_equal(read_series(SHIPPED / f"MR_small_{kind}.dcm").array(), plain)
        ct = read_series(SHIPPED / "CT_small.dcm")
    # CT_small: intercept -1024; its first pixel is stored as 175 and its spacing is 0.661468 mm
    assert (ct.array()[0, 0, 0], ct.shape, round(ct.voxel_size[0], 6)) == (175 - 1024, (128, 128, 1), 0.661468)
    np.testing.assert_allclose(ct.affine[:3, 3], [158.135803, 179.035797, -75.699997])
    real = read_series(SHIPPED / "dicomdirtests" / "98892001" / "CT5N")  # five slices of a patient, cut to 16 x 16
    assert (real.shape, real.voxel_size[2]) == ((16, 16, 5), pytest.approx(2.5))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MR_truncated.dcm", "is cut off: 8192 bytes of pixels are expected, at most 8142 are left"),
        ("MR_small_jpeg_ls_lossless.dcm", "compressed as JPEG-LS Lossless .*; install .*pylibjpeg"),
        ("rtstruct.dcm", "got RT Structure Set Storage"),
        ("rtplan.dcm", "got RT Plan Storage"),
        ("rtdose.dcm", "got RT Dose Storage"),
        ("test-SR.dcm", "got Comprehensive SR Storage"),
        ("liver_1frame.dcm", "got Segmentation Storage"),
        ("SC_rgb_rle.dcm", "got Secondary Capture Image Storage"),
        ("dicomdirtests/DICOMDIR", "got a DICOMDIR, which lists other files; name the folder"),
        ("dicomdirtests/77654033/CT2", r"slices are missing \(161 of 165\)"),
        ("dicomdirtests/98892001/CT2N", "not parallel .* localizer"),
        ("dicomdirtests/98892003/MR2", "holds 3 series; choose one .*: MR, 3 files of 16 x 16, UID 1.3.6.1.4.1.5962"),
        ("zipMR.gz", "packed with gzip"),
    ],
)
def test_what_pydicom_ships_and_is_no_volume_is_named(name, said):
    if "jpeg_ls" in name and pydicom.pixels.get_decoder("1.2.840.10008.1.2.4.80").is_available:
        pytest.skip("a decoder of JPEG-LS is installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ImageFileError, match=said):
            read_series(SHIPPED / name)


def test_nothing_that_pydicom_ships_ends_in_a_traceback():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = 0
        for path in sorted(SHIPPED.glob("*.dcm")):
            seen += 1
            try:
                assert np.isfinite(read_series(path).array()).all()
            except ImageFileError as answer:
                name = str(pydicom.dcmread(path, force=True, stop_before_pixels=True).get("PatientName", ""))
                assert not name or name not in str(answer).replace(str(path), "")
        assert seen > 50


def _enveloped(path):
    path.write_bytes(bytes.fromhex("3080 06092a864886f70d010703 a080") + bytes(300))


def _zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.dcm", "x" * 300)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_enveloped, "is encrypted"),
        (_zipped, "is a ZIP archive; unpack it first"),
        (lambda p: p.write_bytes(b""), "the file is empty"),
        (lambda p: p.write_text("no image " * 50), "is not DICOM, whatever its name says"),
        (lambda p: p.write_bytes(bytes(128) + b"DICM"), "no DICOM header in it"),
        (
            lambda p: p.write_bytes(bytes(128) + b"DICM" + bytes(300)),
            "expected images of a CT|damaged",
        ),
    ],
)
def test_a_file_that_is_something_else_is_named_alone_and_in_a_folder(tmp_path, make, said):
    make(tmp_path / "a.dcm")
    refused(tmp_path / "a.dcm", said)
    refused(tmp_path, said)


def test_a_study_is_a_list_to_choose_from(tmp_path):
    write_series(tmp_path / "ct", STORED, GRID)
    write_series(tmp_path / "pet", STORED, GRID, "PT")
    scout = datasets(STORED[:, :, :1], GRID, SeriesInstanceUID="1.2.77", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    save(scout[0], tmp_path / "scout.dcm")
    capture = datasets(STORED[:, :, :1], GRID, SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SeriesInstanceUID="1.2.78")
    save(capture[0], tmp_path / "dose_report.dcm")  # a screenshot: modality CT, and no CT
    refused(tmp_path, r"holds 3 series; .*CT \(localizer\), 1 file of 6 x 7, UID 1\.2\.77;.*PT, 5 files of 6 x 7")
    pet = pydicom.dcmread(tmp_path / "pet" / "im000.dcm").SeriesInstanceUID
    assert read_volume(tmp_path, series=pet).unit == "SUV"
    assert read_volume(tmp_path, series=pet[-12:]).unit == "SUV"
    refused(tmp_path, "3 series, 0 of which end in '99.99'", series="99.99")
    refused(tmp_path, "3 series, 3 of which end in ''", series="")
    with pytest.raises(ValueError, match="only a folder of DICOM series needs a choice"):
        read_volume(tmp_path / "a.nii", series="1.2")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, r"holds colors \(RGB\)"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, r"holds colors \(PALETTE COLOR\)"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.20"}, r"got Nuclear Medicine Image Storage \(5 files\)"),
        ({"NumberOfFrames": 4}, "holds 4 frames and does not say where each of them lies"),
        ({"RescaleSlope": 0}, r"RescaleSlope \(0028,1053\) is 0"),
        ({"RescaleSlope": None}, r"RescaleSlope \(0028,1053\) is missing"),
        ({"RescaleIntercept": None}, r"RescaleIntercept \(0028,1052\) is missing"),
        ({"BitsAllocated": 12}, "BitsAllocated .* is 12; 8, 16 and 32 are read"),
        ({"BitsStored": 17}, "BitsStored .* is not from 1 to 16"),
        ({"Rows": 0}, "say 0 x 7 pixels"),
        ({"Rows": 60000, "Columns": 60000}, "is cut off"),
        ({"Rows": lambda k: 5 if k else 6}, r"differ in size \(5 x 7, 6 x 7\)"),
        ({"PixelSpacing": [1.5]}, "PixelSpacing .* holds 1 values where 2 are expected"),
        ({"ImagePositionPatient": [1, 2]}, "holds 2 values where 3 are expected"),
        ({"Modality": "PT", "SOPClassUID": lambda k: f"1.2.840.10008.5.1.4.1.1.{[2, 128][k % 2]}"}, "holds CT and PT"),
        ({"PixelData": None}, "ends before its pixels begin"),
    ],
)
def test_impossible_headers_are_answered(tmp_path, changes, said):
    refused(write_series(tmp_path / "s", STORED, GRID, **changes), said)


def test_a_drawing_in_spare_bits_is_no_value(tmp_path):
    marked = np.abs(STORED).astype(np.uint16) + (np.arange(5, dtype=np.uint16) % 2 << 12)
    volume = read_volume(write_series(tmp_path / "s", marked, GRID, BitsStored=12, HighBit=11))
    np.testing.assert_array_equal(volume.array(), np.abs(STORED) - 1024.0)


@pytest.mark.parametrize("modality", ["CT", "PT", "MR"])
def test_any_one_element_may_be_missing(tmp_path, modality):
    whole = datasets(STORED, GRID, modality)
    expected = read_volume(write_series(tmp_path / "whole", STORED, GRID, modality)).array()
    needed = set()
    for element in list(whole[0]):
        for k, ds in enumerate(datasets(STORED, GRID, modality)):
            del ds[element.tag]
            (tmp_path / "part").mkdir(exist_ok=True)
            save(ds, tmp_path / "part" / f"{k}.dcm")
        try:
            got = read_volume(tmp_path / "part").array()
            np.testing.assert_array_equal(got, expected, err_msg=element.keyword)
        except ImageFileError as answer:
            said = "its pixels" if element.keyword == "PixelData" else element.keyword
            assert said in str(answer)
            needed.add(element.keyword)
    assert needed >= {"Rows", "Columns", "BitsAllocated", "PixelSpacing", "ImagePositionPatient", "PixelData"}
    assert ("RescaleSlope" in needed) == (modality != "MR")
    assert ("PatientWeight" in needed) == (modality == "PT")
    assert not needed & set(PATIENT)


SLICE = datasets(STORED, GRID, "PT", RadiopharmaceuticalInformationSequence=lambda k: [injection()])[0]


@given(st.integers(0, 10**6), st.integers(0, 2))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_never_a_traceback(tmp_path, seed, kind):
    path = save(SLICE, tmp_path / "a.dcm")
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    if kind == 0:
        data = data[: chance.randrange(133, len(data))]
    for _ in range(kind * 3):
        data[chance.randrange(132, len(data))] = chance.randrange(256)
    path.write_bytes(bytes(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert np.isfinite(read_volume(path).array()).all()
            assert kind
        except ImageFileError as answer:
            assert "Sorensen" not in str(answer)


def test_no_pixel_is_read_before_the_headers_fit(tmp_path, monkeypatch):
    def read(*_):
        raise AssertionError("read")

    monkeypatch.setattr(reading, "read_pixels", read)
    whole = write_series(tmp_path / "s", STORED, GRID, "PT", PatientWeight=None)
    refused(whole, "PatientWeight")
    (whole / "im002.dcm").unlink()
    with pytest.raises(AssertionError, match="read"):
        read_volume(write_series(tmp_path / "ct", STORED, GRID))


def test_too_many_files_are_not_searched(tmp_path, monkeypatch):
    monkeypatch.setattr("medfuse_course.datasets.dicom.files.MAX_FILES", 4)
    refused(write_series(tmp_path / "s", STORED, GRID), "holds more than 4 files; name the folder of the series")


def test_without_pydicom_a_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    folder = write_series(tmp_path / "s", STORED, GRID)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(ImportError, match=r"pydicom 3, .* not installed; .*pip install 'medfuse-course\[dicom\]'"):
        read_volume(folder)


def test_what_is_dicom_is_seen_without_pydicom(tmp_path):
    plain = datasets(STORED, GRID)[0]
    assert is_dicom(save(plain, tmp_path / "a"))
    assert is_dicom(save(plain, tmp_path / "b", IMPLICIT, preamble=False))
    assert is_dicom(tmp_path)
    assert is_dicom("not/there.DCM")
    (tmp_path / "c.png").write_bytes(b"\x89PNG" + bytes(200))
    assert not is_dicom(tmp_path / "c.png")
    assert not is_dicom("not/there.png")
