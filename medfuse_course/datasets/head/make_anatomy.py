"""Make ``data/anatomy`` from nilearn's copy of the ICBM 2009a symmetric template: ``python -m ...make_anatomy FOLDER``.

The only place that needs nilearn, and only to remake files that ship already. The same nilearn template gives the same
bytes: no time stamp, no machine name.
"""

import gzip
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.files import atomic_path

FILES = {
    "t1.nii.gz": "T1-weighted intensity",
    "gray.nii.gz": "gray matter fraction",
    "white.nii.gz": "white matter fraction",
}
"""What is made, and what it holds: 255 stands for 1."""

DUST = 8
"""Fractions below 8/255 are left by averaging and resampling: they show no tissue, and cost 5 % of the bytes."""

BRAIN = 0.1
"""The template is 0 outside the brain; what lies below this share of its maximum is a resampled edge."""

_BOX = (slice(24, 173), slice(24, 211), slice(0, 158, 2))  # the brain and a margin; every second axial plane


def reduced_maps() -> tuple[dict[str, NDArray[np.uint8]], NDArray[np.float64]]:
    """The three maps on a 1 x 1 x 2 mm grid around the brain, as 8-bit volumes, and their voxel-to-world matrix.

    Raises
    ------
    ImportError
        nilearn is not installed.
    """
    try:
        from nilearn import datasets as source
    except ImportError as error:
        raise ImportError("making the anatomy needs nilearn: pip install 'medfuse-course[dev]'") from error
    t1 = source.load_mni152_template(resolution=1)
    brain = np.asarray(t1.dataobj) > BRAIN
    loaded = (t1, source.load_mni152_gm_template(resolution=1), source.load_mni152_wm_template(resolution=1))
    maps = {name: _reduce(np.asarray(image.dataobj), brain) for name, image in zip(FILES, loaded, strict=True)}
    affine = np.array(t1.affine, dtype=np.float64)
    affine[:3, 3] = (affine @ [*(box.start for box in _BOX), 1.0])[:3]
    affine[:3, :3] *= [box.step or 1 for box in _BOX]
    return maps, affine


def nifti_bytes(volume: NDArray[np.uint8], affine: NDArray[np.float64], text: str) -> bytes:
    """A gzipped NIfTI file in MNI space, the same bytes every time."""
    import nibabel

    kind: Any = nibabel.nifti1.Nifti1Image
    image = kind(volume, affine)
    image.set_sform(affine, code="mni")
    image.set_qform(affine, code="mni")
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = text
    image.header["cal_max"] = 255
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=target, mtime=0) as packed:
        packed.write(image.to_bytes())
    return target.getvalue()


def write_anatomy(folder: Path) -> dict[str, str]:
    """Write the maps and their manifest into `folder`; return the sha256 of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    maps, affine = reduced_maps()
    digests = {}
    for name, volume in maps.items():
        content = nifti_bytes(volume, affine, f"ICBM 2009a sym: {FILES[name]}")
        digests[name] = hashlib.sha256(content).hexdigest()
        with atomic_path(folder / name) as part:
            part.write_bytes(content)
    manifest = {
        "source": "ICBM 152 Nonlinear Symmetric template, version 2009a, as distributed by nilearn",
        "made_by": "medfuse_course.datasets.head.make_anatomy",
        "files": {name: {"holds": FILES[name], "sha256": digest} for name, digest in digests.items()},
    }
    with atomic_path(folder / "manifest.json") as part:
        part.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return digests


def _reduce(values: NDArray[Any], brain: NDArray[np.bool_]) -> NDArray[np.uint8]:
    levels = np.rint(255 * np.clip(values, 0, 1) * brain)[_BOX].astype(np.uint8)
    levels[levels < DUST] = 0
    return np.asarray(levels)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m medfuse_course.datasets.head.make_anatomy FOLDER")
    write_anatomy(Path(sys.argv[1]))
