"""Volumes of the head phantom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from medfuse_course.datasets.acquisition import Simulation
from medfuse_course.datasets.head.scan import SLICE_SPACING, SLICES, Modality, make_scan, plane_height
from medfuse_course.datasets.head.shape import LEFT_TOP, SIZE
from medfuse_course.datasets.head.tissues import Contrast
from medfuse_course.datasets.phantom import check_volume


@dataclass(frozen=True, eq=False)
class HeadVolumes:
    """Volumes of one head on one grid, ready for NIfTI: axes right, anterior, superior.

    Attributes
    ----------
    images
        Modality to ``(256, 256, planes)`` float32, in physical units (arbitrary for MRI, HU, SUV, relative perfusion).
    labels
        uint8 tissue labels, `tissues.LABEL_NAMES`.
    affine
        4 x 4 voxel-to-world matrix in mm.
    """

    images: Mapping[str, NDArray[np.float32]]
    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]


def head_volumes(
    modalities: Sequence[Modality] = ("MRI", "CT"),
    *,
    seed: int = 0,
    contrast: Contrast = "t1",
    lesions: int = 0,
    lesion_size: float = 16.0,
    noise: float = 1.0,
    simulate: Simulation = "image_space",
    slices: range = range(SLICES),
) -> HeadVolumes:
    """Scan a phantom head.

    The planes of MRI and CT are those of the pairs of the same seed, turned to NIfTI axes. Lesions are spread over the
    brain instead of lying in one plane. PET and SPECT have their point spread in three dimensions.

    Parameters
    ----------
    modalities
        Which of ``"MRI"``, ``"CT"``, ``"PET"``, ``"SPECT"``.
    seed, contrast, lesions, lesion_size, noise, simulate
        As for the pairs, `head.pairs`; to reconstruct takes longer, and PET and SPECT plane by plane.
    slices
        Which planes, upward: ``range(20, 30)``, or ``range(0, SLICES, 3)`` for planes 6 mm apart.

    Returns
    -------
    One volume for each modality on one grid, with the truth.

    Raises
    ------
    ValueError
        An unknown modality or an option outside its range.

    Examples
    --------
    >>> from medfuse_course.datasets import head_volumes
    >>> volumes = head_volumes(("CT",), slices=range(30, 31), noise=0)
    >>> volumes.images["CT"].shape, volumes.labels.shape
    ((256, 256, 1), (256, 256, 1))
    >>> volumes.affine.diagonal().tolist()  # voxels of 1 x 1 x 2 mm
    [1.0, 1.0, 2.0, 1.0]
    >>> float(volumes.images["CT"].min())  # HU of air
    -1000.0
    """
    check_volume(modalities, get_args(Modality), slices, SLICES)
    heights = [plane_height(k) for k in slices]
    options = {"contrast": contrast, "lesions": lesions, "lesion_size": lesion_size, "noise": noise}
    scan = make_scan(heights=heights, seed=seed, simulate=simulate, **options)  # type: ignore[arg-type]
    single = ("MRI", "CT") if simulate == "image_space" else modalities
    planes: dict[str, list[NDArray[np.float32]]] = {m: [] for m in modalities if m in single}
    labels = []
    for z in heights:
        labels.append(_to_nifti(scan.labels(z)))
        for name, stack in planes.items():
            stack.append(_to_nifti(scan.image(name, z)))
    images = {name: np.stack(stack, axis=2) for name, stack in planes.items()}
    for name in modalities:
        if name not in images:
            images[name] = np.stack([_to_nifti(plane) for plane in scan.emission_volume(name, slices)], axis=2)
    affine = np.diag([1.0, 1.0, SLICE_SPACING * slices.step, 1.0])
    affine[:3, 3] = LEFT_TOP[0] - (SIZE - 1), LEFT_TOP[1] - (SIZE - 1), heights[0]
    return HeadVolumes(images, np.stack(labels, axis=2), affine)


def _to_nifti(plane: NDArray[Any]) -> NDArray[Any]:
    return plane[::-1, ::-1].T
