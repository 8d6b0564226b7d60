"""The exported files that ship in ``data/onnx``: what pages run, in Python and in the reader's browser.

``make onnx`` writes them again; a test holds each to the library and to the weights that ship now.
"""

from pathlib import Path
from typing import Any

from medfuse_course.core.files import data_path, sha256_of
from medfuse_course.core.registry import check_name
from medfuse_course.deployment.runtime import require_onnx

SHIPPED = ("readable_fusion", "densefuse", "ifcnn", "fusiongan")
"""Methods whose files ship: the course's best, and three that others published."""


def shipped_onnx(method: str) -> Path:
    """Where the exported file of a method lies.

    Raises
    ------
    UnknownNameError
        None ships of this method; `export_onnx` makes one.

    Examples
    --------
    >>> from medfuse_course.deployment import shipped_onnx
    >>> shipped_onnx("ifcnn").name
    'ifcnn.onnx'
    """
    return data_path("onnx", f"{check_name('exported method', method, SHIPPED)}.onnx")


def describe_shipped() -> list[dict[str, Any]]:
    """What the shipped files say of themselves, in order; and each one's ``file``, ``bytes`` and ``sha256``.

    Raises
    ------
    ImportError
        The package ``onnx`` is not installed.

    Examples
    --------
    >>> from medfuse_course.deployment import describe_shipped
    >>> [one["file"] for one in describe_shipped()]
    ['readable_fusion.onnx', 'densefuse.onnx', 'ifcnn.onnx', 'fusiongan.onnx']
    """
    from medfuse_course.deployment.tracing import said_of

    onnx, _ = require_onnx()
    told = []
    for path in map(shipped_onnx, SHIPPED):
        of_file = {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        told.append(said_of(onnx.load(path)) | of_file)
    return told
