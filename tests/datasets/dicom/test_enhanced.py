"""Enhanced files: many frames, each with its place in functional groups, shared or its own."""

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'medfuse-course[dicom]'")

from pydicom.dataset import Dataset

from medfuse_course.datasets import read_volume
from medfuse_course.datasets.image_files import ImageFileError
from tests.dicom_series import EXPLICIT, PATIENT, RLE, around, body, dataset, save, turned

SHAPE = (20, 18, 11)
GRID = around(turned((10, -20, 15), (3.0, 2.4, 4.0)), SHAPE)
CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2.1",
    "MR": "1.2.840.10008.5.1.4.1.1.4.1",
    "PT": "1.2.840.10008.5.1.4.1.1.130",
}


def item(**elements):
    made = Dataset()
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def enhanced(modality="MR", places=None, shared_place=False):
    """One file of many frames, in an order that is not that of their places."""
    lps, stored = np.diag([-1, -1, 1, 1]) @ GRID, body(GRID, SHAPE)
    order = np.random.default_rng(0).permutation(SHAPE[2]) if places is None else places
    sides = np.linalg.norm(lps[:3, :3], axis=0)
    directions = [round(float(v), 9) for v in (*lps[:3, 0] / sides[0], *lps[:3, 1] / sides[1])]
    orientation = {"PlaneOrientationSequence": [item(ImageOrientationPatient=directions)]}
    measures = item(PixelSpacing=[round(float(s), 9) for s in sides[[1, 0]]], SliceThickness=4.0)
    frames = []
    for k in order:
        position = [round(float(v), 5) for v in lps[:3, 3] + k * lps[:3, 2]]
        frames.append(item(
            PlanePositionSequence=[item(ImagePositionPatient=position)],
            PixelValueTransformationSequence=[item(RescaleSlope=float(k + 1), RescaleIntercept=-5.0)],
            **({} if shared_place else orientation),
        ))  # fmt: skip
    pixels = np.stack([stored[:, :, k].T for k in order])
    shared = item(PixelMeasuresSequence=[measures], **(orientation if shared_place else {}))
    return dataset(pixels, {
        **PATIENT, "SOPClassUID": CLASSES[modality], "SOPInstanceUID": "1.2.3.4", "Modality": modality,
        "SeriesInstanceUID": "1.2.5", "NumberOfFrames": len(order), "SharedFunctionalGroupsSequence": [shared],
        "PerFrameFunctionalGroupsSequence": frames,
    })  # fmt: skip


@pytest.mark.parametrize("shared_place", [False, True])
@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_frames_are_slices(tmp_path, modality, syntax, shared_place):
    volume = read_volume(save(enhanced(modality, shared_place=shared_place), tmp_path / "all.dcm", syntax))
    np.testing.assert_allclose(volume.affine, GRID, atol=1e-4)
    np.testing.assert_allclose(volume.array(), body(GRID, SHAPE) * (np.arange(SHAPE[2]) + 1.0) - 5)


def test_frames_of_two_echoes_are_refused(tmp_path):
    with pytest.raises(ImageFileError, match="2 slices at each of 3 places, as of several times, echoes"):
        read_volume(save(enhanced(places=[0, 1, 2, 0, 1, 2]), tmp_path / "all.dcm"))
    with pytest.raises(ImageFileError, match=r"all\.dcm: slices are missing .*all\.dcm \(frame 3\) and .*\(frame 4\)"):
        read_volume(save(enhanced(places=[0, 1, 2, 4, 5]), tmp_path / "all.dcm"))


def test_frames_that_are_not_described_are_refused(tmp_path):
    file = enhanced()
    del file.PerFrameFunctionalGroupsSequence[-1]
    with pytest.raises(ImageFileError, match="holds 11 frames and describes 10"):
        read_volume(save(file, tmp_path / "all.dcm"))
    file = enhanced()
    del file.PerFrameFunctionalGroupsSequence[4].PlanePositionSequence
    with pytest.raises(ImageFileError, match=r"ImagePositionPatient \(0020,0032\) is missing"):
        read_volume(save(file, tmp_path / "all.dcm"))


def test_an_enhanced_pet_says_that_it_has_no_unit_for_suv(tmp_path):
    path = save(enhanced("PT"), tmp_path / "pet.dcm")
    with pytest.raises(ImageFileError, match=r"no SUV: Units \(0054,1001\) is missing.*suv=False"):
        read_volume(path)
    assert read_volume(path, suv=False).shape == SHAPE
