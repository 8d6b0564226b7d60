"""`export_onnx`: a learned fuser as one file of ONNX, held to the library's own result before it is put in place.

The contract is that ``forward(a, b)`` is the fused image, from tensors to tensors. What the library does around it
(grow by reflection to the sides a network can halve, crop, clip, black stays black) goes into the file as well
(`around`): of two gray images of any size the file makes what `fuse` makes. Color is the caller's: it fuses the
luminance and keeps the chroma, as the metadata say.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medfuse_course.core.device import require_torch
from medfuse_course.core.files import atomic_path
from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair
from medfuse_course.deployment.runtime import OnnxFuser, require_onnx
from medfuse_course.methods import Method, fuse, get_method
from medfuse_course.methods.base import RUN_OPTIONS
from medfuse_course.methods.running import MIN_SIDE, check_options

CLOSE = 1e-5
"""By how much a file may differ from the library, in gray values of [0, 1]."""

REASONS = {
    "liu_cnn": "its pyramids have as many levels as the image allows, and its map is cleaned outside PyTorch",
    "contrast_pyramid_cnn": "its pyramids have as many levels as the image allows, outside PyTorch",
    "nsct_cnn": "its contourlets are computed outside PyTorch",
    "mfif_gan": "its focus map is cleaned of small regions outside PyTorch",
    "tight_frame_vgg": "its tight frame is learned anew from each pair, outside PyTorch",
    "shearlet_vgg": "its shearlets are computed outside PyTorch",
    "resnet_zca": "it whitens features by their singular vectors, an operation that ONNX does not have",
    "zero_learning": "its weights are drawn from histograms outside PyTorch",
    "fusegan": "its five rounds over 24 neighbors are hundreds of steps on images cropped to sizes left open: "
    "PyTorch's exporter was still tracing them after a quarter of an hour",
    "align_then_fuse": "it looks ten times, and in noise, where nothing can be aligned, each look makes the last "
    "digits of the one before larger: there no two programs agree",
    "ddfm": "it draws a sample: a walk of many steps, with random numbers and a loop outside PyTorch between them",
}
"""Why a learned fuser has no file, where it has none."""


class ExportError(ValueError):
    """This method has no such file, or the file does not say what the library says."""


@dataclass(frozen=True)
class Exported:
    """A file that was held to the library.

    Attributes
    ----------
    path
        Where it lies.
    metadata
        What it says of itself.
    difference
        The largest to the library's result, in gray values of [0, 1].
    """

    path: Path
    metadata: dict[str, Any]
    difference: float


def reason_against(method: str | Method) -> str | None:
    """Why a method cannot be exported, in a sentence; None where it can.

    Examples
    --------
    >>> from medfuse_course.deployment import reason_against
    >>> reason_against("ifcnn") is None
    True
    >>> reason_against("pca")
    'pca learns nothing: it is NumPy, and there is no network to export'
    """
    declared = get_method(method) if isinstance(method, str) else method
    if declared.task.slug != "fusion":
        return f"{declared.slug} does {declared.task}; only what fuses two images is exported"
    if not declared.network:
        return f"{declared.slug} learns nothing: it is NumPy, and there is no network to export"
    if declared.slug in REASONS:
        return f"{declared.slug} cannot be exported: {REASONS[declared.slug]}"
    return None


def export_onnx(method: str | Method, path: str | Path, *, overwrite: bool = True, **options: Any) -> Exported:
    """Write the network of a fusion method as one file of ONNX, for any H and W.

    The file is run with ONNX Runtime at odd sizes and compared with `fuse` before it takes its place; one that differs
    by more than `CLOSE`, or by more than the network's own rounding in float32 where that is larger, is not kept.

    Parameters
    ----------
    method
        A learned fusion method.
    path
        Where the file goes.
    overwrite
        Whether a file that is there when all is done may be replaced.
    **options
        Of the method, ``scale`` and ``weights`` among them; they are fixed in the file.

    Returns
    -------
    What was written.

    Raises
    ------
    ExportError
        The method cannot be exported, with the reason; or the file does not give the library's result.
    ImportError
        PyTorch or the packages of ONNX are not installed.
    TypeError, ValueError
        An option that the method does not have.

    Examples
    --------
    >>> from medfuse_course.deployment import export_onnx
    >>> exported = export_onnx("ifcnn", "ifcnn.onnx")  # doctest: +SKIP
    >>> export_onnx("pca", "pca.onnx")
    Traceback (most recent call last):
        ...
    medfuse_course.deployment.export.ExportError: pca learns nothing: it is NumPy, and there is no network to export
    """
    declared = get_method(method) if isinstance(method, str) else method
    reason = reason_against(declared)
    if reason:
        raise ExportError(reason)
    check_options(declared, options)
    if fixed := RUN_OPTIONS.keys() & options.keys():
        raise ExportError(f"{min(fixed)}: expected an option of what is computed, got one of how the library runs it")
    require_torch()
    require_onnx()
    from medfuse_course.deployment.tracing import LEAST_SIDES, said_of, tell, to_model

    try:
        model = to_model(declared, options)
    except OSError:  # weights that are not there
        raise
    except Exception as error:  # the exporter has many, and prints pages; its last line says what it could not write
        said = [line for line in str(error).splitlines() if line.strip() and not line.startswith("(Refer")]
        raise ExportError(
            f"{declared.slug} cannot be exported: PyTorch's exporter could not write it down: {said[-1][:200]}"
        ) from error
    with atomic_path(path, overwrite) as part:
        for least in LEAST_SIDES:
            told = {**said_of(model), "least_side": least}
            part.write_bytes(tell(model, told).SerializeToString())
            try:
                difference = verify_onnx(part, weights=options.get("weights"))
            except ExportError:
                if least == LEAST_SIDES[-1]:
                    raise
            else:
                break
    return Exported(Path(path), told, difference)


def verify_onnx(path: str | Path, *, weights: Any = None) -> float:
    """Hold a file to the library, on phantoms and on noise, at odd sizes.

    Parameters
    ----------
    path
        A file that `export_onnx` wrote.
    weights
        Of the method, where the file was made with others than the shipped ones.

    Returns
    -------
    The largest difference, in gray values of [0, 1].

    Raises
    ------
    ExportError
        It is too large, or the weights are not those that the file was made with.
    ValueError
        This is no such file.

    Examples
    --------
    >>> from medfuse_course.deployment import shipped_onnx, verify_onnx
    >>> verify_onnx(shipped_onnx("ifcnn")) < 1e-5
    True
    """
    from medfuse_course.deployment.tracing import rounding, weights_digest

    fuser = OnnxFuser(path)
    told = fuser.metadata
    declared = get_method(told["method"])
    options = {**told["options"], "scale": told["scale"], "weights": weights}
    if weights_digest(declared, options) != told["weights_sha256"]:
        raise ExportError(f"{path}: made with other weights of {declared.slug} than these; export it again")
    worst = 0.0
    for a, b in trial_pairs(told["least_side"]):
        expected = fuse(a, b, declared, **options)
        try:
            difference = float(np.abs(fuser(a, b) - expected).max())
        except RuntimeError as error:
            raise ExportError(str(error)) from error
        if difference > CLOSE and difference > (allowed := 2 * rounding(declared, options, a, b)):
            raise ExportError(
                f"{declared.slug}: expected the library's result to {max(CLOSE, allowed):.0e}, got one that differs by "
                f"{difference:.1e} at {a.shape[0]} x {a.shape[1]} pixels; the file is not kept"
            )
        worst = max(worst, difference)
    return worst


def trial_pairs(least: int = MIN_SIDE) -> list[tuple[Image, Image]]:
    """Pairs of gray images by which a file is held to the library: a phantom and noise, odd sizes, black corners."""
    pair = load_pair("head/mri-ct", seed=3, lesions=2)
    pairs = [(pair.a[40:169, 60:143], pair.b[40:169, 60:143])]
    rng = generator(0, "export")
    for height, width in ((77, 65), (least, least + 7), (64, 96)):
        a, b = rng.random((2, height, width), dtype=np.float32)
        a[:5], b[:4] = 0, 0
        pairs.append((a, b))
    return [(np.ascontiguousarray(a), np.ascontiguousarray(b)) for a, b in pairs]
