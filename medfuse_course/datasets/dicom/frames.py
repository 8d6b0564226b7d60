"""From headers to frames: a file of one slice gives one, an enhanced file of many frames as many."""

from typing import Any

import numpy as np

from medfuse_course.datasets.dicom.files import Header
from medfuse_course.datasets.dicom.stack import Frame
from medfuse_course.datasets.dicom.tags import Tags, tag
from medfuse_course.datasets.image_files import ImageFileError

_GROUPS = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
)


def frames_of(header: Header) -> list[Frame]:
    """The frames of a file, as its header describes them; no pixel is read.

    Raises
    ------
    ImageFileError
        Colors, a missing or impossible element, or fewer bytes than the header promises.
    """
    tags = header.tags
    shape, bits = _grid(tags)
    count = tags.whole("NumberOfFrames", 1)
    each = tags.items("PerFrameFunctionalGroupsSequence")
    if count > 1 and not each:
        raise ImageFileError(f"{tags.name}: holds {count} frames and does not say where each of them lies")
    if each and len(each) != count:
        raise ImageFileError(f"{tags.name}: holds {count} frames and describes {len(each)}; is the header damaged?")
    _check_bytes(header, shape, bits, count)
    if not each:
        return [_frame(header, 0, shape, bits, {})]
    shared = tags.items("SharedFunctionalGroupsSequence")[:1]
    return [_frame(header, index, shape, bits, _groups((*shared, own))) for index, own in enumerate(each)]


def _grid(tags: Tags) -> tuple[tuple[int, int], np.dtype[Any]]:
    """Rows and columns, and the type of the stored numbers."""
    photometric = tags.code("PhotometricInterpretation")
    if tags.whole("SamplesPerPixel") != 1 or not photometric.startswith("MONOCHROME"):
        raise ImageFileError(
            f"{tags.name}: holds colors ({photometric}), as a screenshot does; expected measured values, one a pixel"
        )
    rows, columns, allocated = (tags.whole(keyword) for keyword in ("Rows", "Columns", "BitsAllocated"))
    if rows < 1 or columns < 1:
        raise ImageFileError(f"{tags.name}: {tag('Rows')} and {tag('Columns')} say {rows} x {columns} pixels")
    if allocated not in (8, 16, 32):
        raise ImageFileError(f"{tags.name}: {tag('BitsAllocated')} is {allocated}; 8, 16 and 32 are read")
    if not 1 <= tags.whole("BitsStored") <= allocated:
        raise ImageFileError(f"{tags.name}: {tag('BitsStored')} is not from 1 to {allocated}")
    signed = tags.whole("PixelRepresentation") == 1
    return (rows, columns), np.dtype(f"{'i' if signed else 'u'}{allocated // 8}")


def _check_bytes(header: Header, shape: tuple[int, int], bits: np.dtype[Any], count: int) -> None:
    """Say that a file ends before its pixels do, which its header and its size tell."""
    if header.after is None:  # deflated as a whole
        return
    if header.after < 8:
        raise ImageFileError(f"{header.path}: ends before its pixels begin; get the file again from where it came")
    needed = shape[0] * shape[1] * bits.itemsize * count
    if not compressed(header.syntax) and header.after < needed:
        raise ImageFileError(
            f"{header.path}: is cut off: {needed} bytes of pixels are expected, at most {header.after} are left; get "
            "the file again from where it came"
        )


def compressed(syntax: str) -> bool:
    """Whether a transfer syntax compresses pixels."""
    from pydicom.uid import UID

    known = UID(syntax)
    return bool(known.is_transfer_syntax and known.is_compressed and known.is_encapsulated)


def _groups(items: tuple[Tags, ...]) -> dict[str, Tags]:
    """What shared and own functional groups say of a frame: its own, where both do."""
    found = {}
    for group in _GROUPS:
        for item in items:
            for inner in item.items(group)[:1]:
                found[group] = inner
    return found


def _frame(header: Header, index: int, shape: tuple[int, int], bits: np.dtype[Any], groups: dict[str, Tags]) -> Frame:
    tags = header.tags
    position = groups.get("PlanePositionSequence", tags).numbers("ImagePositionPatient", 3)
    directions = groups.get("PlaneOrientationSequence", tags).numbers("ImageOrientationPatient", 6)
    measures = groups.get("PixelMeasuresSequence", tags)
    between_rows, between_columns = measures.numbers("PixelSpacing", 2)
    thickness = measures.number("SliceThickness", 0.0)
    slope, intercept = _rescale(groups.get("PixelValueTransformationSequence", tags), header.modality)
    return Frame(
        path=header.path,
        index=index,
        shape=shape,
        position=np.array(position),
        along_row=np.array(directions[:3]),
        along_column=np.array(directions[3:]),
        spacing=(between_rows, between_columns),
        thickness=thickness if thickness > 0 else None,
        slope=slope,
        intercept=intercept,
        bits=bits,
    )


def _rescale(tags: Tags, modality: str) -> tuple[float, float]:
    """Slope and intercept of a frame. An MR may have none; without them a CT has no HU, and a PET no activity."""
    if tags.items("ModalityLUTSequence"):
        raise ImageFileError(
            f"{tags.name}: its values come from a table ({tag('ModalityLUTSequence')}), which is not read"
        )
    stated = [tags.has(keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    if modality == "MR" and not any(stated):
        return 1.0, 0.0
    slope, intercept = tags.number("RescaleSlope"), tags.number("RescaleIntercept")
    if slope == 0:
        raise ImageFileError(f"{tags.name}: {tag('RescaleSlope')} is 0, which leaves no image")
    return slope, intercept
