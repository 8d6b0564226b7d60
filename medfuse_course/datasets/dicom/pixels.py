"""Stored numbers of frames that are known to belong together, and their values when a slice is asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.dicom.files import Header, require_pydicom
from medfuse_course.datasets.dicom.frames import compressed
from medfuse_course.datasets.dicom.stack import Frame
from medfuse_course.datasets.dicom.tags import silent_pydicom
from medfuse_course.datasets.image_files import ImageFileError


@dataclass(frozen=True, eq=False)
class Slices:
    """Voxels ``(I, J, K)`` in their stored type; each slice has its own slope and intercept.

    Attributes
    ----------
    stored
        ``(I, J, K)``.
    slopes, intercepts
        ``(K,)``; ``value = slope * stored + intercept``.
    """

    stored: NDArray[Any]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        return self.stored.shape

    def __getitem__(self, where: Any) -> NDArray[np.float64]:
        slope, intercept = (np.broadcast_to(each, self.shape)[where] for each in (self.slopes, self.intercepts))
        scaled: NDArray[np.float64] = self.stored[where] * slope + intercept
        return scaled


def check_readable_pixels(headers: list[Header]) -> None:
    """Say what to install where the pixels are compressed in a way that nothing here can unpack.

    Raises
    ------
    ImageFileError
        No decoder for a transfer syntax is installed, or pydicom knows none.
    """
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    for syntax, header in {header.syntax: header for header in headers}.items():
        name = UID(syntax).name
        try:
            decoder = get_decoder(UID(syntax))
        except NotImplementedError:
            said = name if name != syntax else "an unknown transfer syntax"
            raise ImageFileError(f"{header.path}: its pixels are written as {said}, which is not read") from None
        if not decoder.is_available:
            needs = (need.partition(" - requires ")[2] for need in decoder.missing_dependencies)
            ways = "; or ".join(need.replace("gdcm", "python-gdcm") for need in needs)
            raise ImageFileError(
                f"{header.path}: its pixels are compressed as {name}, and nothing that unpacks them is installed; "
                f"install {ways}"
            )


def read_pixels(frames: list[Frame], headers: list[Header]) -> Slices:
    """The pixels of all frames, in their order.

    Parameters
    ----------
    frames
        Of one volume, sorted.
    headers
        Of the files that hold them.

    Returns
    -------
    ``(I, J, K)``: columns, rows, slices.

    Raises
    ------
    ImageFileError
        A file is damaged.
    """
    rows, columns = frames[0].shape
    stored = np.empty((columns, rows, len(frames)), np.result_type(*{frame.bits for frame in frames}), order="F")
    places: dict[Any, list[int]] = {}
    for k, frame in enumerate(frames):
        places.setdefault(frame.path, []).append(k)
    by_path = {header.path: header for header in headers}
    for path, ks in places.items():
        pixels = _decoded(by_path[path], frames[ks[0]])
        for k in ks:
            stored[:, :, k] = pixels[frames[k].index].T
    return Slices(stored, np.array([f.slope for f in frames]), np.array([f.intercept for f in frames]))


def _decoded(header: Header, frame: Frame) -> NDArray[Any]:
    """The frames of a file, ``(N, rows, columns)``."""
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    with silent_pydicom():
        try:
            dataset = require_pydicom().dcmread(header.path, force=True)
            pixels, _ = get_decoder(UID(header.syntax)).as_array(dataset, raw=True)
        except MemoryError:
            raise
        except Exception as error:  # what the decoders raise on damaged bytes is no closed list
            way = "unpacked" if compressed(header.syntax) else "read"
            raise ImageFileError(
                f"{header.path}: its pixels cannot be {way} ({type(error).__name__}); get the file again from where "
                "it came"
            ) from None
    array: NDArray[Any] = pixels.reshape(-1, *frame.shape)  # without what stands in bits that are not BitsStored's
    return array
