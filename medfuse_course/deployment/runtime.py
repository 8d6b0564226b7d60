"""An exported file run by ONNX Runtime: two gray images in, the fused one out."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from medfuse_course.core.checks import check_pair
from medfuse_course.core.types import Image

INSTALL = "pip install 'medfuse-course[onnx]'"


def require_onnx() -> tuple[Any, Any]:
    """Import ``onnx`` and ``onnxruntime``, or say how to install them.

    Returns
    -------
    Both modules.

    Raises
    ------
    ImportError
        One of them, or what writes such files from PyTorch, is missing.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  # torch.onnx needs it
    except ImportError as error:
        raise ImportError(
            f"files of ONNX need packages of their own, and {error.name} is not installed; install them with: {INSTALL}"
        ) from error
    return onnx, onnxruntime


def open_session(path: str | Path, threads: int = 1, providers: tuple[str, ...] = ("CPUExecutionProvider",)) -> Any:
    """A file of ONNX, ready to run: an ``onnxruntime.InferenceSession``.

    Parameters
    ----------
    path, threads, providers
        As `OnnxFuser` takes them.

    Returns
    -------
    The session.

    Raises
    ------
    ImportError
        ONNX Runtime is not installed.
    ValueError
        This is no file of ONNX, or it cannot be run here.
    """
    _, runtime = require_onnx()
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 4
    try:
        return runtime.InferenceSession(str(path), options, providers=list(providers))
    except Exception as error:  # ONNX Runtime has a class for each of its codes
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path}: expected a file of ONNX that can be run, got: {reason}") from error


class OnnxFuser:
    """A file that `export_onnx` wrote, ready to run: ``fuser(a, b)`` is the fused image.

    Parameters
    ----------
    path
        The file.
    threads
        Of the processor; 0 leaves the number to ONNX Runtime.
    providers
        Where it runs, as ONNX Runtime names it; the first that is there is taken.

    Attributes
    ----------
    metadata
        What the file says of itself.

    Raises
    ------
    ImportError
        ONNX Runtime is not installed.
    ValueError
        The file is none of this course's, or damaged.
    """

    def __init__(
        self, path: str | Path, threads: int = 1, providers: tuple[str, ...] = ("CPUExecutionProvider",)
    ) -> None:
        self.session = open_session(path, threads, providers)
        told = self.session.get_modelmeta().custom_metadata_map
        if "medfuse" not in told:
            raise ValueError(f"{path}: expected a file that medfuse export made, got one without its metadata")
        self.metadata = MappingProxyType(json.loads(told["medfuse"]))

    def __call__(self, a: Image, b: Image) -> Image:
        """Two gray images ``(H, W)`` in [0, 1] on one grid give the fused one, float32 in [0, 1]."""
        a, b = check_pair(a, b, min_side=self.metadata["least_side"])
        if a.ndim != 2 or b.ndim != 2:
            raise ValueError(f"a: expected two gray images (H, W), got {a.shape} and {b.shape}; give the luminances")
        given = {name: np.ascontiguousarray(image[None, None]) for name, image in (("a", a), ("b", b))}
        try:
            fused: Image = self.session.run(None, given)[0][0, 0]
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise RuntimeError(f"{self.metadata['method']}: could not be run on {a.shape}: {reason}") from error
        return fused
