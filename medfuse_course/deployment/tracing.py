"""From a network of PyTorch to a model of ONNX: traced with its sides left open, and what `around` puts around it."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.deployment.around import put_around
from medfuse_course.deployment.runtime import require_onnx
from medfuse_course.methods.base import LEARNED_OPTIONS, Method
from medfuse_course.methods.learned import as_tensor, grow
from medfuse_course.methods.running import MIN_SIDE
from medfuse_course.methods.weights import load_network, weight_source

OPSET = 18
"""Version of ONNX's operators in every file; what reads it must know this one."""

NOTICE = "For teaching and research, not for clinical use."
LUMINANCE = "gray; of color images fuse the luma Y of YCbCr and keep Cb and Cr of the colored source"
GRAY = "gray; this method's own way with color is not in the file"

LEAST_SIDES = (MIN_SIDE, MIN_SIDE + 1, 2 * MIN_SIDE, 4 * MIN_SIDE)
"""Smallest sides that are tried, in this order: some networks treat the smallest images another way."""

TRACED = 96
"""Side in pixels, about, of the images that a network is traced with; they leave nothing behind."""


class TwoImages(nn.Module):
    """A network as a function of two images, its options fixed."""

    def __init__(self, network: nn.Module, options: dict[str, Any]) -> None:
        super().__init__()
        self.network, self.options = network, options

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """``(1, 1, H, W)`` each give the fused image."""
        fused: Tensor = self.network(a, b, **self.options)
        return fused


def to_model(method: Method, options: dict[str, Any]) -> Any:
    """A network as an ``onnx.ModelProto`` for images of any size, which says what it is."""
    network, own = _network(method, options)
    multiple = int(getattr(network, "multiple", 1))
    module = TwoImages(network, own).eval()
    reason: Exception | None = None
    for least in LEAST_SIDES:
        try:
            program = _trace(module, multiple, least)
            break
        except Exception as error:  # torch.export has many; each says which size it could not leave open
            reason = error
    else:
        raise ValueError(f"{method.slug}: its sides cannot be left open: {' '.join(str(reason).split())[:300]}")
    with _quiet():
        drawn = torch.onnx.export(
            program, opset_version=OPSET, input_names=["a", "b"], output_names=["drawn"], verbose=False
        )
    model: Any = put_around(drawn.model_proto, multiple)  # type: ignore[union-attr]  # of torch.export it is a program
    model.producer_name, model.producer_version = "medfuse_course", _version()
    model.graph.name = method.slug
    for node in model.graph.node:  # where each operator came from in the code, which no reader of the file needs
        del node.metadata_props[:]
        node.doc_string = ""
    return tell(model, _told(method, options, own, least, multiple))


def plain_model(network: nn.Module, inputs: dict[str, FloatArray]) -> Any:
    """A network of any task as an ``onnx.ModelProto`` for images of this size, nothing around it.

    Parameters
    ----------
    network
        On the CPU, in evaluation mode.
    inputs
        Of ``forward``, in order, by the names they get.

    Returns
    -------
    The model; its output is ``made``.
    """
    require_onnx()
    given = tuple(torch.from_numpy(np.asarray(x, np.float32)) for x in inputs.values())
    with _quiet():
        drawn = torch.onnx.export(
            network, given, opset_version=OPSET, input_names=list(inputs), output_names=["made"], verbose=False,
            dynamo=True,
        )  # fmt: skip
    return drawn.model_proto  # type: ignore[union-attr]


def tell(model: Any, told: dict[str, Any]) -> Any:
    """The model with what it says of itself; checked, operator by operator."""
    onnx, _ = require_onnx()
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {"medfuse": json.dumps(told)})
    model.doc_string = f"{told['title']}: fuses two gray images. {told['notice']}"
    onnx.checker.check_model(model, full_check=True)
    return model


def said_of(model: Any) -> dict[str, Any]:
    """What a model says of itself."""
    told: dict[str, Any] = json.loads({prop.key: prop.value for prop in model.metadata_props}["medfuse"])
    return told


def weights_digest(method: Method, options: dict[str, Any]) -> str:
    """What identifies the weights that these options ask for."""
    chosen = LEARNED_OPTIONS | options
    return weight_source(method, chosen["scale"], chosen["weights"]).identity


def rounding(method: Method, options: dict[str, Any], a: Image, b: Image) -> float:
    """How far a network's float32 is from its float64 on a pair of gray images: its own last digits."""
    network, own = _network(method, options)
    tensors = [grow(as_tensor(x), int(getattr(network, "multiple", 1))) for x in (a, b)]
    with torch.inference_mode():
        single = network(*tensors, **own)
        double = network.double()(*(x.double() for x in tensors), **own)
    return float((single - double).abs().max())


def _network(method: Method, options: dict[str, Any]) -> tuple[nn.Module, dict[str, Any]]:
    """The network, and the options that are its own."""
    chosen = LEARNED_OPTIONS | options
    network = load_network(method, chosen["scale"], chosen["weights"]).cpu()
    return network, {name: value for name, value in options.items() if name not in LEARNED_OPTIONS}


def _trace(module: nn.Module, multiple: int, least: int) -> Any:
    """The program of a network, its sides open from the least multiple upwards."""
    traced = [-(-side // multiple) * multiple for side in (TRACED, TRACED + 32)]
    example = [torch.rand(1, 1, *traced, generator=torch.Generator().manual_seed(k)) for k in (0, 1)]
    sides = [torch.export.Dim(name, min=-(-least // multiple)) for name in ("high", "wide")]
    high, wide = (multiple * side for side in sides) if multiple > 1 else sides
    open_sides = {2: high, 3: wide}
    with _quiet():
        return torch.export.export(module, tuple(example), dynamic_shapes=(open_sides, open_sides), strict=False)


def _told(method: Method, options: dict[str, Any], own: dict[str, Any], least: int, multiple: int) -> dict[str, Any]:
    chosen = LEARNED_OPTIONS | options
    return {
        "method": method.slug,
        "title": method.title,
        "options": own,
        "scale": chosen["scale"],
        "weights": str(weight_source(method, chosen["scale"], chosen["weights"])),
        "weights_sha256": weights_digest(method, options),
        "color": GRAY if method.color_native else LUMINANCE,
        "values": "float32 in [0, 1]; where both sources are exactly 0 so is the result",
        "least_side": least,
        "multiple": multiple,
        "opset": OPSET,
        "version": _version(),
        "notice": NOTICE,
    }


def _version() -> str:
    try:
        return version("medfuse-course")
    except PackageNotFoundError:
        return "(not installed)"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's notes on packages that are not there and on its own changes."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
