"""Integers for a network: fake quantization in the open, and static int8 through ONNX Runtime.

A number x is kept as an integer q of `bits` bits::

    q = clip(round(x / s) + z, 0, 2^bits - 1),    x' = s (q - z)

What lies outside of ``s (0 - z)`` to ``s (2^bits - 1 - z)`` comes back as the nearest end: it is *saturated*. Weights
have a scale s for each output channel, and are symmetric (z in the middle); activations have one s and one z for the
whole tensor, from what a *calibration set* showed.
"""

import contextlib
import copy
import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray
from medfuse_course.deployment.runtime import require_onnx

Observer = Literal["minmax", "percentile"]
OBSERVERS: tuple[Observer, ...] = ("minmax", "percentile")
"""How a range is chosen: from the smallest to the largest value seen, or all but the outermost ones."""

SHARE = 99.9
"""Percent of the values that the percentile observer keeps."""


def fake_quantize(x: Tensor, low: float, high: float, bits: int = 8) -> Tensor:
    """An activation as it comes back from integers: one scale for the whole tensor.

    Parameters
    ----------
    x
        Any shape.
    low, high
        The range that was seen; it is widened to hold 0, which has an integer of its own.
    bits
        Of the integer.

    Returns
    -------
    As `x`: at most half a step from it within the range, and the end of the range beyond it.

    Raises
    ------
    ValueError
        The range is empty.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.deployment import fake_quantize
    >>> x = torch.tensor([0.1, 0.4, 1.2])
    >>> [round(value, 3) for value in fake_quantize(x, 0, 1, bits=2).tolist()]  # thirds; what is beyond 1 is saturated
    [0.0, 0.333, 1.0]
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if not high > low:
        raise ValueError(f"high: expected a range that holds more than 0, got {low} to {high}")
    top = 2**bits - 1
    scale = (high - low) / top
    zero = round(-low / scale)
    return scale * ((x / scale).round() + zero).clamp(0, top).sub(zero)


def fake_quantize_weight(weight: Tensor, axis: int = 0, bits: int = 8) -> Tensor:
    """A weight as it comes back from integers: symmetric, one scale for each channel along `axis`.

    Parameters
    ----------
    weight
        Of a convolution.
    axis
        That of the output channels: 0, of a transposed convolution 1.
    bits
        Of the integer, of which -2^(bits - 1) is not used.

    Returns
    -------
    As `weight`, at most half a step of its channel from it.
    """
    top = 2 ** (bits - 1) - 1
    others = [k for k in range(weight.ndim) if k != axis]
    scale = weight.abs().amax(dim=others, keepdim=True).clamp_min(1e-12) / top
    return scale * (weight / scale).round()


def observed_range(values: FloatArray, observer: Observer = "minmax", share: float = SHARE) -> tuple[float, float]:
    """The range of an activation.

    Parameters
    ----------
    values
        All that the calibration set showed.
    observer
        Of `OBSERVERS`.
    share
        Percent of the values that a percentile keeps: half of the rest goes at each end.

    Returns
    -------
    Lower and upper end.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.deployment import observed_range
    >>> values = np.append(np.linspace(0, 1, 10_001), 100)  # one of them is far out
    >>> observed_range(values)
    (0.0, 100.0)
    >>> [round(end, 2) for end in observed_range(values, "percentile")]
    [0.0, 1.0]
    """
    check_name("observer", observer, OBSERVERS)
    if observer == "minmax":
        return float(values.min()), float(values.max())
    low, high = np.percentile(values, [(100 - share) / 2, (100 + share) / 2])
    return float(low), float(high)


class Rounded(nn.Module):
    """A layer whose input and weight come from integers.

    Parameters
    ----------
    layer
        A convolution; its weight is changed.
    low, high, bits
        As `fake_quantize` takes them.
    """

    def __init__(self, layer: nn.Module, low: float, high: float, bits: int = 8) -> None:
        super().__init__()
        self.layer, self.low, self.high, self.bits = layer, low, high, bits
        axis = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
        with torch.no_grad():
            weight: Any = layer.weight
            weight.copy_(fake_quantize_weight(weight, axis, bits))

    def forward(self, x: Tensor) -> Tensor:
        """What the layer makes of the rounded input."""
        made: Tensor = self.layer(fake_quantize(x, self.low, self.high, self.bits))
        return made


def fake_quantized(
    network: nn.Module, batches: Iterable[Sequence[Tensor]], observer: Observer = "minmax", *, bits: int = 8
) -> nn.Module:
    """A copy of a network whose convolutions compute with what integers can hold.

    Parameters
    ----------
    network
        Stays as it is.
    batches
        The calibration set: inputs of ``forward``.
    observer, bits
        As `observed_range` and `fake_quantize` take them.

    Returns
    -------
    The copy; all that is no convolution (additions around it, too) stays in float32.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.deployment import fake_quantized
    >>> conv = torch.nn.Conv2d(1, 1, 3)
    >>> images = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> fine, coarse = (fake_quantized(conv, [(images,)], bits=bits) for bits in (8, 2))
    >>> bool((fine(images) - conv(images)).abs().mean() < (coarse(images) - conv(images)).abs().mean())
    True
    """
    made = copy.deepcopy(network).eval()
    seen: dict[str, list[FloatArray]] = {}
    layers = {name: one for name, one in made.named_modules() if isinstance(one, nn.Conv2d | nn.ConvTranspose2d)}
    hooks = [one.register_forward_pre_hook(_noting(seen.setdefault(name, []))) for name, one in layers.items()]
    with torch.inference_mode():
        for inputs in batches:
            made(*inputs)
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        parent, _, last = name.rpartition(".")
        low, high = observed_range(np.concatenate(seen[name]), observer)
        setattr(made.get_submodule(parent), last, Rounded(layer, low, high, bits))
    return made


def quantize_onnx(
    path: str | Path,
    target: str | Path,
    calibration: Iterable[Mapping[str, FloatArray]],
    observer: Observer = "minmax",
    *,
    convolutions_only: bool = False,
) -> Path:
    """Static int8 by ONNX Runtime: weights by channel, activations by tensor, ranges from a calibration set.

    Parameters
    ----------
    path, target
        A float32 file of ONNX, and where the other goes.
    calibration
        Inputs by name.
    observer
        As `observed_range` takes it.
    convolutions_only
        Leave all other operations, those on the image itself among them, in float32.

    Returns
    -------
    The target. What the file says of itself stays in it, with how it was quantized.

    Raises
    ------
    ImportError
        The packages of ONNX are not installed.
    """
    require_onnx()
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    check_name("observer", observer, OBSERVERS)
    method = {"minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile}[observer]
    before = logging.root.level
    logging.root.setLevel(logging.ERROR)  # it advises a preparation that was done when the file was exported
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            quantize_static(
                str(path), str(target), _Calibration(calibration), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=method,
                op_types_to_quantize=["Conv", "ConvTranspose"] if convolutions_only else None,
                extra_options={"CalibPercentile": SHARE},
            )  # fmt: skip
    finally:
        logging.root.setLevel(before)
    return Path(target)


class _Calibration:
    """Inputs one after another, as ONNX Runtime asks for them."""

    def __init__(self, inputs: Iterable[Mapping[str, FloatArray]]) -> None:
        self.inputs = iter(inputs)

    def get_next(self) -> dict[str, FloatArray] | None:
        found = next(self.inputs, None)
        return None if found is None else dict(found)

    def __iter__(self) -> "_Calibration":
        return self

    def __next__(self) -> dict[str, FloatArray]:
        found = self.get_next()
        if found is None:
            raise StopIteration
        return found


def _noting(values: list[FloatArray]) -> Any:
    def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values.append(inputs[0].numpy().ravel().copy())

    return note
