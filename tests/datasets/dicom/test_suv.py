"""SUV by body weight: a table computed by hand, and every header that allows none answered in a sentence.

The usual case: 80 kg, 400 MBq injected at 9:00, half-life 1 h, series at 10:00. One half-life leaves 200 MBq, so an
activity of 1 Bq/ml is 80 000 g / 200 000 000 Bq = 0.0004 SUV.
"""

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'medfuse-course[dicom]'")

from medfuse_course.datasets import read_volume
from medfuse_course.datasets.dicom.suv import suv_factor
from medfuse_course.datasets.dicom.tags import Tags
from medfuse_course.datasets.image_files import ImageFileError
from tests.dicom_series import datasets, injection, write_series

GRID = np.diag([-4.0, -4.0, 3.0, 1.0])
START, AT, DOSE, HALF = (
    "RadiopharmaceuticalStartDateTime",
    "RadiopharmaceuticalStartTime",
    "RadionuclideTotalDose",
    "RadionuclideHalfLife",
)


def factor(tracer=None, **changes):
    """The factor of a series of two slices with these elements changed."""
    changes = {"RadiopharmaceuticalInformationSequence": lambda k: [injection(**(tracer or {}))]} | changes
    series = datasets(np.ones((3, 2, 2), np.int16), GRID, "PT", **changes)
    return suv_factor([Tags(ds, "pet.dcm") for ds in series])


LATE = {"SeriesDate": "20240518", "SeriesTime": "003000"}  # half an hour after midnight


@pytest.mark.parametrize(
    ("tracer", "changes", "expected"),
    [
        ({}, {}, 4e-4),
        # decay corrected to the injection: 80 000 / 400e6
        ({}, {"DecayCorrection": "ADMIN"}, 2e-4),
        ({HALF: None}, {"DecayCorrection": "ADMIN"}, 2e-4),
        # half the dose, half the weight, two half-lives
        ({DOSE: 200e6}, {}, 8e-4),
        ({}, {"PatientWeight": 40.0}, 2e-4),
        ({HALF: 1800.0}, {}, 8e-4),
        # F-18: 6586.2 s, of which 3293.1 s are the half: 80 000 / (400e6 / sqrt 2)
        ({HALF: 6586.2, AT: "090506.9"}, {}, 2.8284271247e-4),
        # Ga-68 (4057.7 s) after exactly two half-lives
        ({HALF: 4057.74, AT: "074444.52"}, {}, 8e-4),
        # times with colons, as old exports write them, without seconds, and with microseconds
        ({AT: "09:00:00"}, {}, 4e-4),
        ({AT: "0900"}, {}, 4e-4),
        ({AT: "09"}, {}, 4e-4),
        ({AT: "085960"}, {}, 4e-4),  # a leap second
        ({AT: "090000.000000"}, {"SeriesDate": "2024.05.17"}, 4e-4),
        # injected at 23:30, scanned at 0:30: an hour, not 23 hours before
        ({AT: "233000"}, LATE, 4e-4),
        ({START: "20240517233000", AT: "233000"}, LATE, 4e-4),
        # date and time count before the time alone
        ({START: "20240517090000", AT: "080000"}, {}, 4e-4),
        ({START: "20240517090000.00", AT: None}, {}, 4e-4),
        # 9:00 in UTC is 10:00 in UTC+1, where the series says 11:00
        ({START: "20240517090000+0000"}, {"SeriesTime": "110000", "TimezoneOffsetFromUTC": "+0100"}, 4e-4),
        ({START: "20240517090000+0200"}, {"TimezoneOffsetFromUTC": "+0200"}, 4e-4),
        # a series that was made at 15:00 of what was acquired from 10:00 on; one that began before its first slice
        ({}, {"SeriesTime": "150000", "AcquisitionDate": "20240517",
              "AcquisitionTime": lambda k: ["100300", "100000"][k]}, 4e-4),
        ({}, {"AcquisitionDate": "20240517", "AcquisitionTime": lambda k: ["100300", "100100"][k]}, 4e-4),
        ({}, {"SeriesTime": "150000", "AcquisitionTime": "100000"}, 4e-4),
        # SUV already
        ({}, {"Units": "GML"}, 1.0),
        ({DOSE: None}, {"Units": "GML", "SUVType": "BW", "PatientWeight": None}, 1.0),
        ({}, {"CorrectedImage": None}, 4e-4),
    ],
)  # fmt: skip
def test_the_factor_is_that_of_a_hand(tracer, changes, expected):
    assert factor(tracer, **changes).factor == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("tracer", "changes", "said"),
    [
        ({}, {"PatientWeight": None}, r"PatientWeight \(0010,1030\) is missing"),
        ({}, {"PatientWeight": 0.0}, "PatientWeight .* is 0 kg, and more than 0 is expected"),
        ({}, {"PatientWeight": -70.0}, "is -70 kg"),
        ({}, {"PatientWeight": 80000.0}, "PatientWeight .* is 80000, and its unit is kg"),
        ({}, {"PatientWeight": lambda k: [80.0, 81.0][k]}, "PatientWeight .* differs from slice to slice"),
        ({DOSE: None}, {}, r"RadionuclideTotalDose \(0018,1074\) is missing"),
        ({DOSE: 0.0}, {}, "RadionuclideTotalDose .* is 0 Bq"),
        ({DOSE: 400.0}, {}, "is 400, and its unit is Bq; was MBq written"),
        ({HALF: None}, {}, r"RadionuclideHalfLife \(0018,1075\) is missing"),
        ({HALF: 0.0}, {}, "RadionuclideHalfLife .* is 0 s"),
        ({AT: None}, {}, "RadiopharmaceuticalStartTime .* is missing"),
        ({AT: "later"}, {}, "RadiopharmaceuticalStartTime .* is no time of a day"),
        ({AT: "250000"}, {}, "is no time of a day that exists"),
        ({START: "20240230090000"}, {}, "RadiopharmaceuticalStartDateTime .* is no time of a day that exists"),
        ({START: "20240517100001"}, {}, "is after the scan .*were dates changed"),
        ({START: "20100517090000"}, {}, "more than 10 half-lives; were dates changed"),
        ({}, {"SeriesDate": None}, "SeriesDate .* is missing"),
        ({}, {"SeriesTime": None}, "SeriesTime .* is missing"),
        ({}, {"SeriesTime": "noon"}, "SeriesTime .* is no time of a day"),
        ({}, {"Units": None}, "Units .* is missing, and SUV needs BQML"),
        ({}, {"Units": "CNTS"}, r"Units \(0054,1001\) is CNTS \(counts, which only the maker's own factor"),
        ({}, {"Units": "PROPCPS"}, "Units .* is PROPCPS, and SUV needs BQML"),
        ({}, {"Units": "GML", "SUVType": "LBM"}, r"SUVType \(0054,1006\) is LBM: SUV, and not by body weight"),
        ({}, {"DecayCorrection": "NONE"}, "DecayCorrection .* is NONE: decay was not corrected"),
        ({}, {"DecayCorrection": None}, "DecayCorrection .* is missing"),
        ({}, {"DecayCorrection": "MAYBE"}, "DecayCorrection .* is MAYBE; START and ADMIN are known"),
        ({}, {"CorrectedImage": ["DECY"]}, r"CorrectedImage \(0028,0051\) does not name ATTN"),
        ({}, {"CorrectedImage": "DECY"}, "does not name ATTN"),
        ({}, {"RadiopharmaceuticalInformationSequence": None}, "InformationSequence .* is missing, and one"),
        ({}, {"RadiopharmaceuticalInformationSequence": lambda k: []}, "InformationSequence .* is missing, and one"),
        ({}, {"RadiopharmaceuticalInformationSequence": lambda k: [injection(), injection()]}, "holds 2 injections"),
    ],
)
def test_a_header_that_allows_no_suv_is_answered(tracer, changes, said):
    with pytest.raises(ImageFileError, match=said) as caught:
        factor(tracer, **changes)
    assert str(caught.value).startswith("pet.dcm: ")
    assert "suv=False (--no-suv)" in str(caught.value)


def test_what_was_used_is_said():
    said = factor(tracer={AT: "233000"}, **LATE).note
    for part in (
        "Units (0054,1001) BQML", "DecayCorrection (0054,1102) START", "PatientWeight (0010,1030) 80 kg",
        "RadionuclideTotalDose (0018,1074) 4e+08 Bq", "RadionuclideHalfLife (0018,1075) 3600 s",
        "3600 s from RadiopharmaceuticalStartTime (0018,1072) of the day before",
        "to SeriesDate (0008,0021) and SeriesTime (0008,0031)",
    ):  # fmt: skip
        assert part in said


def test_each_slice_has_a_slope_of_its_own(tmp_path):
    stored = np.random.default_rng(1).integers(0, 9000, (6, 5, 4)).astype(np.int16)
    folder = write_series(tmp_path / "pet", stored, GRID, "PT", RescaleSlope=lambda k: [0.5, 3.0, 1.25, 7.0][k])
    by_hand = stored * np.array([0.5, 3.0, 1.25, 7.0])
    activity, suv = read_volume(folder, suv=False), read_volume(folder)
    assert (activity.unit, activity.notes, suv.unit) == ("Bq/ml", (), "SUV")
    np.testing.assert_allclose(activity.array(), by_hand, rtol=1e-6)
    np.testing.assert_allclose(suv.array(), by_hand * 4e-4, rtol=1e-6)
    np.testing.assert_allclose(suv.slice(2, "coronal"), suv.array()[:, 2, ::-1].T, rtol=1e-6)
    assert "SUV by body weight from Units" in suv.notes[0]


def test_the_values_of_a_ct_are_hounsfield_units(tmp_path):
    stored = np.array([[[24, 1024], [1064, 3024]]], np.uint16)
    slopes = {"RescaleSlope": lambda k: [1, 2][k], "RescaleIntercept": lambda k: [-1024, -2000][k]}
    ct = read_volume(write_series(tmp_path / "ct", stored, GRID, "CT", **slopes))
    assert ct.unit == "HU"
    np.testing.assert_array_equal(ct.array(), [[[-1000, 48], [40, 4048]]])


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_monochrome1_changes_how_it_is_shown_and_no_value(tmp_path, modality):
    # PS3.3, C.7.6.3.1.2: the smallest value is shown white, after the modality and the window were applied
    stored = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    inverted = read_volume(
        write_series(tmp_path / "s", stored, GRID, modality, PhotometricInterpretation="MONOCHROME1")
    )
    plain = read_volume(write_series(tmp_path / "p", stored, GRID, modality))
    np.testing.assert_array_equal(inverted.array(), plain.array())
    assert inverted.notes == ("MONOCHROME1: viewers show large values dark; here they stay large",)
