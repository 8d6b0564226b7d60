"""DICOM series in: folders of CT, PT (PET) and MR slices, or one file of many frames, as a `Volume`.

Headers are read first, all of them; pixels only when the headers say that the slices are one volume. Nothing here was
tried on a clinic's data: the tests write series of their own, and read the small files that pydicom ships.
"""

from medfuse_course.datasets.dicom.files import is_dicom
from medfuse_course.datasets.dicom.reading import read_series

__all__ = ["is_dicom", "read_series"]
