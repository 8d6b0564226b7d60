"""DICOM series of known truth, written for tests with pydicom: a body in mm, sampled on any grid."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

PATIENT = {
    "PatientName": "Sorensen^Ada",
    "PatientID": "QX-4711-Z",
    "PatientBirthDate": "19310704",
    "ReferringPhysicianName": "Okonkwo^Ben",
    "InstitutionName": "St. Zebulon",
    "StudyDescription": "Zebulon whole body",
    "SeriesDescription": "Ada wb",
    "AccessionNumber": "ACC77123",
    "DeviceSerialNumber": "SN-90210-X",
}
"""What must never leave a header."""

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
}
IMPLICIT, EXPLICIT, BIG, RLE, J2K = (
    f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".2", ".5", ".4.90")
)  # transfer syntaxes


def body(affine: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Two balls that lie to the patient's right and left, in front and behind, high and low: no mirror leaves them."""
    x, y, z = np.tensordot(affine[:3, :3], np.indices(shape), 1) + affine[:3, 3, None, None, None]
    large = np.sqrt((x - 12) ** 2 + (y - 6) ** 2 + (z - 20) ** 2) < 9
    small = np.sqrt((x + 10) ** 2 + (y + 8) ** 2 + (z - 8) ** 2) < 5
    return np.where(large, 700, np.where(small, 300, 0)).astype(np.int16)


def turned(degrees: tuple[float, float, float], sides: tuple[float, float, float]) -> np.ndarray:
    """An affine in RAS with these sides in mm, turned about x, y and z, whose grid surrounds the body."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        i, j = [k for k in range(3) if k != axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    affine = np.eye(4)
    affine[:3, :3] = matrix @ np.diag(sides)
    return affine


def around(affine: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The affine moved so that the middle of the grid is the middle of the body."""
    moved = affine.copy()
    moved[:3, 3] = np.array([1, -1, 14]) - affine[:3, :3] @ (np.array(shape) - 1) / 2
    return moved


def datasets(stored: np.ndarray, affine: np.ndarray, modality: str = "CT", **changes: Any) -> list[Any]:
    """One dataset for each slice of integers ``(I, J, K)``; `changes` are elements that all of them get, None takes one
    away, and a function of the index of the slice gives each its own."""
    from pydicom.uid import generate_uid

    lps = np.diag([-1, -1, 1, 1]) @ affine
    sides = np.linalg.norm(lps[:3, :3], axis=0)
    across, down = lps[:3, 0] / sides[0], lps[:3, 1] / sides[1]
    series = generate_uid(entropy_srcs=[modality, str(changes.get("SeriesInstanceUID", ""))])
    found = []
    for k in range(stored.shape[2]):
        common = {
            **PATIENT,
            "SOPClassUID": CLASSES[modality],
            "SOPInstanceUID": f"{series}.{k + 1}"[:64],
            "Modality": modality,
            "SeriesInstanceUID": series,
            "StudyInstanceUID": "1.2.3",
            "FrameOfReferenceUID": "1.2.3.9",
            "SeriesNumber": 2,
            "InstanceNumber": stored.shape[2] - k,  # no order to go by
            "ImagePositionPatient": [float(f"{v:.6g}") for v in lps[:3, :3] @ [0, 0, k] + lps[:3, 3]],
            "ImageOrientationPatient": [float(f"{v:.9g}") for v in (*across, *down)],
            "PixelSpacing": [float(f"{sides[1]:.9g}"), float(f"{sides[0]:.9g}")],
            "SliceThickness": float(f"{sides[2]:.9g}"),
        }
        own = {name: value(k) if callable(value) else value for name, value in (OF[modality] | changes).items()}
        found.append(dataset(stored[:, :, k].T, common | own))
    return found


def injection(**changes: Any) -> Any:
    """The item of a PET's RadiopharmaceuticalInformationSequence; None takes an element away."""
    from pydicom.dataset import Dataset

    item = Dataset()
    usual = {
        "RadiopharmaceuticalStartTime": "090000",
        "RadionuclideTotalDose": 400e6,
        "RadionuclideHalfLife": 3600.0,
    }
    _put(item, usual | changes)
    return item


OF: dict[str, dict[str, Any]] = {
    "CT": {"RescaleSlope": 1, "RescaleIntercept": -1024},
    "MR": {},
    "PT": {
        "RescaleSlope": lambda k: 0.5 + k,
        "RescaleIntercept": 0,
        "Units": "BQML",
        "DecayCorrection": "START",
        "CorrectedImage": ["DECY", "ATTN"],
        "PatientWeight": 80.0,
        "SeriesDate": "20240517",
        "SeriesTime": "100000",
        "RadiopharmaceuticalInformationSequence": lambda k: [injection()],
    },
}
"""What each modality has beside the common elements."""


def dataset(pixels: np.ndarray, elements: dict[str, Any]) -> Any:
    """One dataset of pixels ``(..., rows, columns)``."""
    from pydicom.dataset import Dataset, FileMetaDataset

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    rows, columns = pixels.shape[-2:]
    grid = {
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8 * pixels.itemsize,
        "BitsStored": 8 * pixels.itemsize,
        "HighBit": 8 * pixels.itemsize - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": np.ascontiguousarray(pixels).tobytes(),
    }
    _put(ds, grid | elements)
    if "PixelData" in ds:
        ds["PixelData"].VR = "OW"  # pydicom would look at elements that may lack
    return ds


def _put(ds: Any, elements: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some values are wrong on purpose
        for name, value in elements.items():
            if value is not None:
                setattr(ds, name, value)


def save(ds: Any, path: Path, syntax: str = EXPLICIT, preamble: bool = True) -> Path:
    """Write a dataset, compressed where the syntax says so."""
    from pydicom import dcmwrite

    ds.file_meta.TransferSyntaxUID = EXPLICIT if syntax in (RLE, J2K) else syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID") or CLASSES[ds.Modality]
    ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", "1.2.3")
    if syntax == RLE:
        ds.compress(RLE, generate_instance_uid=False)
    if syntax == BIG:
        ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
    if not preamble:
        meta, ds.file_meta = ds.file_meta, None
        del ds.file_meta
        dcmwrite(path, ds, implicit_vr=meta.TransferSyntaxUID == IMPLICIT, little_endian=syntax != BIG)
        return path
    ds.save_as(path, enforce_file_format=True)
    return path


def write_series(
    folder: Path, stored: np.ndarray, affine: np.ndarray, modality: str = "CT", *, ending: str = ".dcm",
    syntax: str = EXPLICIT, **changes: Any,
) -> Path:  # fmt: skip
    """Write a series, under file names in another order than that of the slices."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(4).permutation(stored.shape[2])
    for ds, k in zip(datasets(stored, affine, modality, **changes), order, strict=True):
        save(ds, folder / f"im{k:03d}{ending}", syntax)
    return folder
