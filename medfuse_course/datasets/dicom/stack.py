"""From frames, each with its place in space, to one volume: order, equal steps, and the affine.

DICOM counts mm toward the patient's left, back and head (LPS); NIfTI toward the right, front and head (RAS).
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.volume import GridWarning

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_EVEN = 0.05  # of the step between slices: headers round positions to 0.1 mm
_ALIKE = 1e-3  # of cosines and of pixel sides in mm
_ASIDE = 0.1  # of a pixel's side
_THIN = 1.9  # steps of more than so many thicknesses leave out what lies between


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice: where it lies, and how its stored numbers become values.

    Attributes
    ----------
    path, index
        The file, and which of its frames.
    shape
        Rows and columns.
    position
        Middle of the first pixel, mm in LPS, ``(3,)``.
    along_row, along_column
        Directions in which the column index and the row index grow: unit vectors in LPS.
    spacing
        mm between rows, and between columns.
    thickness
        mm, or None where the header does not say.
    slope, intercept
        ``value = slope * stored + intercept``.
    bits
        NumPy's type of the stored numbers.
    """

    path: Path
    index: int
    shape: tuple[int, int]
    position: NDArray[np.float64]
    along_row: NDArray[np.float64]
    along_column: NDArray[np.float64]
    spacing: tuple[float, float]
    thickness: float | None
    slope: float
    intercept: float
    bits: np.dtype[np.generic]

    @property
    def name(self) -> str:
        """What errors call it."""
        return f"{self.path.name} (frame {self.index + 1})" if self.index else self.path.name

    @property
    def normal(self) -> NDArray[np.float64]:
        """The direction in which slices follow each other."""
        return np.cross(self.along_row, self.along_column)


def in_order(frames: list[Frame], name: str) -> list[Frame]:
    """The frames sorted along their normal, if they are parallel, of one size, and one at each place.

    Raises
    ------
    ImageFileError
        They differ in size, direction or spacing, or two lie at one place.
    """
    first = frames[0]
    _check_directions(first)
    for frame in frames[1:]:
        if frame.shape != first.shape:
            sizes = sorted({f"{rows} x {columns}" for rows, columns in (f.shape for f in frames)})
            raise ImageFileError(f"{name}: its slices differ in size ({', '.join(sizes[:4])}); keep those of one size")
        turned = np.abs([frame.along_row - first.along_row, frame.along_column - first.along_column]).max()
        if turned > _ALIKE:
            raise ImageFileError(
                f"{name}: its slices are not parallel ({first.name} and {frame.name}), as those of a "
                "localizer; keep the slices of one direction"
            )
        if np.abs(np.subtract(frame.spacing, first.spacing)).max() > _ALIKE:
            raise ImageFileError(
                f"{name}: pixels have different sides in {first.name} and {frame.name}; keep those of one size"
            )
    frames = sorted(frames, key=lambda frame: _height(frame, first))
    _check_places(np.array([_height(frame, first) for frame in frames]), frames, name)
    return frames


def affine_of(frames: list[Frame], name: str) -> NDArray[np.float64]:
    """The 4 x 4 affine from voxel ``(column, row, slice)`` to mm in RAS.

    With the directions `r` along a row and `c` along a column, the pixel's sides `s`, and the step `v` from the first
    slice to the next, the columns of the matrix are ``r * s[1]``, ``c * s[0]`` and ``v`` (DICOM PS3.3, C.7.6.2.1.1),
    and the last one is where the first pixel lies.

    Raises
    ------
    ImageFileError
        One slice without a thickness.

    Warns
    -----
    GridWarning
        There is only one slice; slices are shifted against each other evenly (a tilted gantry); or what lies between
        slices was not imaged.
    """
    first, last = frames[0], frames[-1]
    if len(frames) == 1:
        if not first.thickness:
            raise ImageFileError(f"{name}: one slice, and no SliceThickness (0018,0050) says how much it shows")
        warnings.warn(f"{name}: one slice of {first.thickness:g} mm; name the folder for a series", GridWarning, 2)
        step = first.normal * first.thickness
    else:
        step = (last.position - first.position) / (len(frames) - 1)
        _warn_of_steps(step, first, name)
    affine = np.eye(4)
    affine[:3, 0] = first.along_row * first.spacing[1]
    affine[:3, 1] = first.along_column * first.spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = first.position
    return _LPS_TO_RAS @ affine


def _check_directions(frame: Frame) -> None:
    axes = np.array([frame.along_row, frame.along_column])
    if np.abs(axes @ axes.T - np.eye(2)).max() > 10 * _ALIKE:
        raise ImageFileError(
            f"{frame.path}: ImageOrientationPatient (0020,0037) holds no two unit vectors at a right angle"
        )
    if min(frame.spacing) <= 0:
        raise ImageFileError(f"{frame.path}: PixelSpacing (0028,0030) holds a side that is not above 0 mm")


def _height(frame: Frame, first: Frame) -> float:
    return float((frame.position - first.position) @ first.normal)


def _check_places(heights: NDArray[np.float64], frames: list[Frame], name: str) -> None:
    if len(frames) < 2:
        return
    steps = np.diff(heights)
    same = steps < _ALIKE * max(float(steps.max()), _ALIKE)
    if same.any():
        places = len(frames) - int(same.sum())
        counts = np.diff(np.flatnonzero(np.r_[True, ~same, True]))
        if (counts == counts[0]).all():
            raise ImageFileError(
                f"{name}: {counts[0]} slices at each of {places} places, as of several times, echoes or b-values; keep "
                "one slice for each place"
            )
        k = int(np.flatnonzero(same)[0])
        raise ImageFileError(
            f"{name}: two slices at one place, {frames[k].name} and {frames[k + 1].name}; keep one of them"
        )
    _check_steps(steps, frames, name)
    even = np.linspace(frames[0].position, frames[-1].position, len(frames))
    normal = frames[0].normal
    aside = np.array([frame.position for frame in frames]) - even
    aside -= np.outer(aside @ normal, normal)
    if np.linalg.norm(aside, axis=1).max() > _ASIDE * min(frames[0].spacing):
        raise ImageFileError(f"{name}: its slices are shifted against each other by unequal amounts; resample it first")


def _check_steps(steps: NDArray[np.float64], frames: list[Frame], name: str) -> None:
    usual = float(np.median(steps))
    off = np.abs(np.r_[0, np.cumsum(steps)] - np.linspace(0, steps.sum(), len(frames))).max()
    if off <= _EVEN * usual:
        return
    shares = steps / usual
    wide = int(np.argmax(shares))
    places = f"{frames[wide].name} and {frames[wide + 1].name}"
    lost = int((np.rint(shares) - 1).sum())
    if lost and np.abs(shares - np.rint(shares)).max() <= 2 * _EVEN:
        raise ImageFileError(
            f"{name}: slices are missing ({lost} of {len(frames) + lost}): {places} lie {steps[wide]:.4g} mm apart, "
            f"most others {usual:.4g} mm; get them from where the series came"
        )
    raise ImageFileError(
        f"{name}: its slices lie at unequal steps, from {steps.min():.4g} to {steps.max():.4g} mm ({places} are the "
        "farthest apart); resample the series to equal steps first"
    )


def _warn_of_steps(step: NDArray[np.float64], first: Frame, name: str) -> None:
    length = float(np.linalg.norm(step))
    tilt = float(np.degrees(np.arccos(min(1.0, float(step @ first.normal) / length))))
    if tilt > 0.1:
        said = (
            f"{name}: slices are stacked {tilt:.1f} degrees off their normal, as by a tilted gantry; the affine says so"
        )
        warnings.warn(said, GridWarning, 3)
    if first.thickness and length > _THIN * first.thickness:
        said = f"slices lie {length:.4g} mm apart and are {first.thickness:.4g} mm thick; does every other file lack?"
        warnings.warn(f"{name}: {said}", GridWarning, 3)
