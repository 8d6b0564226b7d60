"""Volumes of the thorax phantom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.acquisition import Simulation
from medfuse_course.datasets.phantom import check_volume
from medfuse_course.datasets.thorax.planning import make_scan
from medfuse_course.datasets.thorax.scan import SLICE_SPACING, SLICES, Modality, plane_height


@dataclass(frozen=True, eq=False)
class ThoraxVolumes:
    """Volumes of one patient on one grid, ready for NIfTI: axes right, anterior, superior.

    Attributes
    ----------
    images
        Modality to ``(256, 256, planes)`` float32: CT in HU, PET in SUV.
    labels
        uint8 tissue labels, `tissues.LABEL_NAMES`.
    suv
        True uptake.
    affine
        4 x 4 voxel-to-world matrix in mm.
    """

    images: Mapping[str, NDArray[np.float32]]
    labels: NDArray[np.uint8]
    suv: NDArray[np.float32]
    affine: NDArray[np.float64]


def thorax_volumes(
    modalities: Sequence[Modality] = ("CT", "PET"),
    *,
    seed: int = 0,
    lesions: int = 2,
    lesion_size: float | None = None,
    lesion_suv: float | None = None,
    arms: bool = False,
    noise: float = 1.0,
    simulate: Simulation = "image_space",
    slices: range = range(SLICES),
) -> ThoraxVolumes:
    """Scan a phantom thorax.

    Parameters
    ----------
    modalities
        Which of ``"CT"`` and ``"PET"``.
    seed, lesions, lesion_size, lesion_suv, arms, noise
        As for the pair, `thorax.pairs`; lesions are spread over the lungs instead of lying in one plane.
    simulate
        ``"image_space"`` (seconds), or ``"reconstruction"``: every plane through projector and reconstruction.
    slices
        Which planes, upward: ``range(20, 30)``, or ``range(0, SLICES, 2)`` for planes 6 mm apart.

    Returns
    -------
    One volume for each modality on one grid, with the truth.

    Raises
    ------
    ValueError
        An unknown modality or an option outside its range.

    Examples
    --------
    >>> from medfuse_course.datasets import thorax_volumes
    >>> volumes = thorax_volumes(("CT",), slices=range(30, 31), lesions=0, noise=0)
    >>> volumes.images["CT"].shape, volumes.suv.shape
    ((256, 256, 1), (256, 256, 1))
    >>> volumes.affine.diagonal().round(2).tolist()  # voxels of 1.6 x 1.6 x 3 mm
    [1.6, 1.6, 3.0, 1.0]
    """
    check_volume(modalities, get_args(Modality), slices, SLICES)
    heights = [plane_height(k) for k in slices]
    scan = make_scan(
        heights=heights, seed=seed, lesions=lesions, lesion_size=lesion_size, lesion_suv=lesion_suv, arms=arms,
        noise=noise, simulate=simulate,
    )  # fmt: skip
    whole = "PET" in modalities and simulate == "image_space"  # the point spread needs all planes at once
    planes: dict[str, list[NDArray[Any]]] = {name: [] for name in ("labels", "suv", *modalities)}
    for z in heights:
        planes["labels"].append(scan.labels(z))
        planes["suv"].append(scan.truth("suv", z))
        for modality in modalities:
            if not (whole and modality == "PET"):
                planes[modality].append(scan.image(modality, z))
    if whole:
        planes["PET"] = list(scan.pet_volume(np.stack(planes["suv"]), SLICE_SPACING * slices.step))
    images: dict[str, NDArray[np.float32]] = {modality: _to_nifti(planes[modality]) for modality in modalities}
    h = scan.shape.spacing
    affine = np.diag([h, h, SLICE_SPACING * slices.step, 1.0])
    x, y = scan.shape.axes()
    affine[:3, 3] = x.min(), y.min(), heights[0]
    return ThoraxVolumes(images, _to_nifti(planes["labels"]), _to_nifti(planes["suv"]), affine)


def _to_nifti(planes: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Planes of rows to the back and columns to the left, stacked upward, as axes right, anterior, superior."""
    return np.stack([plane[::-1, ::-1].T for plane in planes], axis=2)
