"""Networks outside PyTorch: one file that any ONNX runtime can run, what it holds, and whether it still says the same.

It knows methods and their weights. It draws nothing and trains nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medfuse_course.deployment.export import Exported, ExportError, export_onnx, reason_against, verify_onnx
    from medfuse_course.deployment.quantize import fake_quantize, fake_quantized, observed_range
    from medfuse_course.deployment.runtime import OnnxFuser
    from medfuse_course.deployment.shipped import SHIPPED, describe_shipped, shipped_onnx
    from medfuse_course.deployment.throughput import read_speeds

_PARTS = {
    "SHIPPED": "shipped",
    "ExportError": "export",
    "Exported": "export",
    "OnnxFuser": "runtime",
    "export_onnx": "export",
    "fake_quantize": "quantize",
    "fake_quantized": "quantize",
    "observed_range": "quantize",
    "read_speeds": "throughput",
    "reason_against": "export",
    "verify_onnx": "export",
    "describe_shipped": "shipped",
    "shipped_onnx": "shipped",
}
"""Where each part is; imported when first asked for."""

__all__ = [
    "SHIPPED",
    "ExportError",
    "Exported",
    "OnnxFuser",
    "describe_shipped",
    "export_onnx",
    "fake_quantize",
    "fake_quantized",
    "observed_range",
    "read_speeds",
    "reason_against",
    "shipped_onnx",
    "verify_onnx",
]


def __getattr__(name: str) -> Any:
    if name not in _PARTS:
        raise AttributeError(f"module 'medfuse_course.deployment' has no attribute {name!r}")
    return getattr(import_module(f"medfuse_course.deployment.{_PARTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
