"""Which files are DICOM, and their headers; what is no slice of a volume is named by its kind."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medfuse_course.datasets.dicom.tags import Tags, silent_pydicom
from medfuse_course.datasets.image_files import ImageFileError, check_readable

MAX_FILES = 20_000
"""Folders with more files are refused: a disk is not searched by mistake."""

MODALITIES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.128.1": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PT",
}
"""What is read, by SOP class: plain, enhanced and legacy converted images (DICOM PS3.6, annex A)."""

ENDINGS = (".dcm", ".dicom", ".ima")
_DICOMDIR = "1.2.840.10008.1.3.10"
_ENVELOPED = bytes.fromhex("06092a864886f70d010703")  # CMS EnvelopedData, what a secure DICOM file is (PS3.10, 7.4)
_DEFLATED = "1.2.840.10008.1.2.1.99"
_FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")


@dataclass(frozen=True, eq=False)
class Header:
    """The header of one file.

    Attributes
    ----------
    path
        The file.
    tags
        Its elements.
    syntax
        UID of the transfer syntax: in which bytes the pixels are written.
    sop_class
        UID of what it is, as the header says it, or the file's preface.
    after
        Bytes behind the header, where pixels should be; None where the file is deflated as a whole.
    """

    path: Path
    tags: Tags
    syntax: str
    sop_class: str
    after: int | None

    @property
    def modality(self) -> str:
        """``CT``, ``MR`` or ``PT`` of a file whose pixels can lie in a volume; empty of any other."""
        if self.sop_class:
            return MODALITIES.get(self.sop_class, "")
        named = self.tags.code("Modality", "")  # all that some exports leave
        return named if named in MODALITIES.values() else ""

    @property
    def kind(self) -> str:
        """What it is, in the standard's own words."""
        from pydicom.uid import UID_dictionary

        if self.sop_class == _DICOMDIR:
            return "a DICOMDIR, which lists other files; name the folder instead"
        known = UID_dictionary.get(self.sop_class)
        return str(known[0]) if known else "DICOM of an unknown kind"


def is_dicom(path: str | os.PathLike[str]) -> bool:
    """Whether it is a folder, or a file that DICOM's name or first bytes say is DICOM."""
    path = Path(path)
    if path.is_dir() or path.name.lower().endswith(ENDINGS) or path.name == "DICOMDIR":
        return True
    return path.is_file() and os.access(path, os.R_OK) and _begins_as_dicom(path)


def headers_in(path: Path) -> tuple[list[Header], list[Path]]:
    """The headers of one file, or of all DICOM files in a folder and the folders in it, by path.

    Returns
    -------
    The headers, and the files that are no DICOM.

    Raises
    ------
    FileNotFoundError, PermissionError
        The path cannot be opened.
    ImageFileError
        No DICOM there, or a file that is damaged, encrypted or packed.
    """
    if not path.is_dir():
        return [read_header(check_readable(path))], []
    files = list(_files(path))
    candidates = [file for file in files if is_dicom(file) or not os.access(file, os.R_OK)]
    found = [read_header(check_readable(file)) for file in candidates]
    if not found:
        raise ImageFileError(
            f"{path}: no DICOM file in this folder; expected the slices of a CT, PT or MR series, or the name of one "
            "NIfTI file"
        )
    return found, sorted(set(files) - set(candidates))


def read_header(path: Path) -> Header:
    """The header of a file, without its pixels."""
    _refuse_wrapped(path)
    pydicom = require_pydicom()
    size = path.stat().st_size
    with silent_pydicom(), path.open("rb") as file:
        try:
            dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
            meta = getattr(dataset, "file_meta", None) or {}
            syntax = str(meta.get("TransferSyntaxUID", "") or _assumed(dataset))
            sop_class = str(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")
            after = None if syntax == _DEFLATED else size - file.tell()
        except Exception:  # what pydicom raises on damaged bytes is no closed list, and its words may repeat a header's
            raise ImageFileError(
                f"{path}: its DICOM header is damaged; get the file again from where it came"
            ) from None
    if not len(dataset):
        raise ImageFileError(f"{path}: no DICOM header in it; expected a slice of a CT, PT or MR series")
    return Header(path, Tags(dataset, str(path)), syntax, sop_class, after)


def require_pydicom() -> Any:
    """Import ``pydicom``, or say how to install it.

    Returns
    -------
    The module.

    Raises
    ------
    ImportError
        It is missing.
    """
    try:
        import pydicom
        import pydicom.pixels
    except ImportError as error:
        raise ImportError(
            "DICOM is read with pydicom 3, which is not installed; install it with: pip install 'medfuse-course[dicom]'"
        ) from error
    return pydicom


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                raise ImageFileError(f"{folder}: holds more than {MAX_FILES} files; name the folder of the series")
            if not name.startswith(".") and name != "DICOMDIR" and Path(where, name).is_file():
                yield Path(where, name)


def _begins_as_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or (len(start) == 132 and start[:2] in _FIRST_GROUPS)


def _refuse_wrapped(path: Path) -> None:
    """Say of files that hold DICOM inside something else what that is."""
    with path.open("rb") as file:
        start = file.read(132)
    if start[128:] == b"DICM":
        return
    for begin, what in ((b"PK\x03\x04", "a ZIP archive; unpack it"), (b"\x1f\x8b", "packed with gzip; unpack it")):
        if start.startswith(begin):
            raise ImageFileError(f"{path}: is {what} first")
    if start[:1] == b"\x30" and _ENVELOPED in start[:64]:
        raise ImageFileError(f"{path}: is encrypted (a CMS envelope); decrypt it first, where its key is")
    if start[:2] not in _FIRST_GROUPS:
        raise ImageFileError(f"{path}: is not DICOM, whatever its name says; take it out of the folder")


def _assumed(dataset: Any) -> str:
    """The transfer syntax of a file that does not name one: how its header could be read."""
    from pydicom import uid

    implicit, little = dataset.original_encoding
    if implicit or implicit is None:
        return str(uid.ImplicitVRLittleEndian)
    return str(uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian)
