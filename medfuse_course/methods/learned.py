"""What all learned methods share: from images to tensors and back, device, padding, stacks, tiles, precision, color.

A network knows tensors only. It says of itself, where its class has these attributes:

``multiple``
    Of which both sides must be; 1 if it does not say.
``reach``
    How far, in pixels, an output pixel looks: a number, or a function of the options of ``forward``. None, or no such
    attribute: as far as the image goes, so it is not cut into tiles.
``slices``
    Of an enhancement: how many neighboring slices it sees at once, as channels, the one that is meant in the middle.
``exportable``
    False where ``forward`` has a step that is not torch (`outside_torch`); True if it does not say.
``takes_missing``
    Of a segmentation: whether an image may be missing; it is NaN everywhere then. False if it does not say.
``examine``
    A function of the images and the options of ``forward`` that warns of values the network was not made for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.running import with_halo

Precision = Literal["float32", "bf16"]

TILE = 512
"""Side of a tile in pixels, without its halo, where an image is cut without being asked to."""

TILED_ABOVE = 1024 * 1024
"""Pixels of an image above which it is cut into tiles."""

Imagewise = Callable[..., Tensor]


def run_network(
    network: nn.Module, *images: Image, tile: int | None = None, precision: Precision = "float32", **options: Any
) -> Image:
    """``network(*images, **options)`` on one image of each source, or on a stack of each.

    Sides that the network cannot halve are grown by reflection to the next multiple of ``network.multiple`` and cropped
    again. Images too large for memory go through in tiles, each with so much of its neighbors around it as the network
    can see: the result is that of the whole image, to rounding.

    Parameters
    ----------
    network
        ``forward(*images, **options)`` takes tensors ``(N, C, H, W)``, as many as its task has sources, and gives one.
    *images
        Gray ``(H, W)`` or RGB ``(H, W, 3)``, or stacks of them, ``(N, H, W)`` or ``(N, H, W, 3)``; on one grid. Of a
        network with ``slices`` a stack is one image, which goes through as that many channels (`neighbors`).
    tile
        Side of a tile in pixels. None: `TILE` for images of more than `TILED_ABOVE` pixels, else the image is whole.
    precision
        ``"float32"``, or ``"bf16"``: half the memory and more speed on a GPU, three digits.
    **options
        Of ``forward``.

    Returns
    -------
    float32 array on the grid of the sources, not clipped; RGB where the network gives three channels.

    Raises
    ------
    ValueError
        A tile is asked for and the network looks at the whole image, or is no positive number; or there is no such
        precision.
    TypeError
        ``forward`` gives something else than one tensor of four dimensions.
    """
    height, width = _plane(images[0])
    multiple = int(getattr(network, "multiple", 1))
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    check_name("precision", precision, get_args(Precision))
    examine: Callable[..., None] | None = getattr(network, "examine", None)
    if examine is not None:
        examine(*images, **options)
    rounded = torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()

    def run(*tensors: Tensor) -> Tensor:
        return _one_batch(network(*(x.to(device) for x in tensors), **options), network).cpu()

    slices = int(getattr(network, "slices", 0))
    grown = [grow(neighbors(x, slices) if slices else as_tensor(x), multiple) for x in images]
    reach, side = reach_of(network, options), _tile_side(tile, height * width)
    with inference(), rounded:
        if side is None or (tile is None and reach is None):
            made = run(*grown)
        elif reach is None:
            raise ValueError(f"tile: expected None: {type(network).__name__} looks at the whole image, got {tile}")
        else:
            made = in_tiles(run, *grown, side=side, reach=reach, multiple=multiple)
    return as_images(made[..., :height, :width], stack=_is_stack(images[0]) and not slices)


def reach_of(network: nn.Module, options: dict[str, Any]) -> int | None:
    """How far an output pixel of a network looks, in pixels; None: as far as the image goes, or it does not say."""
    reach: Any = getattr(network, "reach", None)
    return reach(**options) if callable(reach) else reach


def in_tiles(function: Imagewise, *images: Tensor, side: int, reach: int, multiple: int = 1) -> Tensor:
    """``function(*images)`` piece by piece, equal to the whole where `function` looks no further than `reach` pixels.

    Parameters
    ----------
    function
        Takes as many tensors ``(N, C, H, W)`` and gives ``(N, C', H, W)``.
    *images
        The whole images, on one grid.
    side
        Of a tile, in pixels; rounded up to the next multiple.
    reach
        Width of the halo, in pixels; see `running.with_halo`.
    multiple
        Tiles start at multiples of it: where a network halves an image, the halves must fall on the same pixels.

    Returns
    -------
    ``(N, C', H, W)``.
    """
    height, width = images[0].shape[-2:]
    side = -(-side // multiple) * multiple
    rows = []
    for top in range(0, height, side):
        down, row = with_halo(top, min(top + side, height), height, reach, multiple), []
        for left in range(0, width, side):
            across = with_halo(left, min(left + side, width), width, reach, multiple)
            made = function(*(image[..., down, across] for image in images))
            row.append(made[..., top - down.start :, left - across.start :][..., :side, :side])
        rows.append(torch.cat(row, dim=-1))
    return torch.cat(rows, dim=-2)


def outside_torch(step: Callable[..., FloatArray], *tensors: Tensor) -> Tensor:
    """A step that is not torch: pair by pair the tensors leave the device, go through `step`, and come back.

    A network that takes it says so with ``exportable = False``.

    Parameters
    ----------
    step
        Takes as many images as there are tensors, ``(H, W)`` or ``(H, W, 3)``, and returns one.
    *tensors
        ``(N, C, H, W)`` with C of 1 or 3.

    Returns
    -------
    ``(N, C, H, W)`` on the device of the tensors.
    """
    of_each = zip(*(as_images(tensor, stack=True) for tensor in tensors), strict=True)
    return as_tensor(np.stack([step(*images) for images in of_each])).to(tensors[0].device)


@contextmanager
def inference() -> Iterator[None]:
    """No gradients, and convolutions in whole float32 that repeat: cuDNN alone would round to 10 bits (TF32)."""
    exactly = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    with torch.inference_mode(), exactly:
        yield


def as_tensor(image: FloatArray) -> Tensor:
    """``(H, W)``, ``(H, W, 3)``, or a stack ``(N, H, W)``, ``(N, H, W, 3)``, as ``(N, C, H, W)`` float32."""
    height, width = _plane(image)
    copy = np.array(image, np.float32)
    if _is_color(image):
        return torch.from_numpy(copy.reshape(-1, height, width, 3)).permute(0, 3, 1, 2)
    return torch.from_numpy(copy.reshape(-1, 1, height, width))


def neighbors(stack: FloatArray, count: int) -> Tensor:
    """One slice ``(H, W)`` or neighboring ones ``(D, H, W)``, D odd, as channels: ``(1, count, H, W)``.

    Of more slices the middle ones are taken; where there are fewer, the last on each side counts again.
    """
    beside = np.arange(count) - count // 2
    stack = stack.reshape(-1, *stack.shape[-2:])
    chosen = stack[np.clip(len(stack) // 2 + beside, 0, len(stack) - 1)]
    return torch.from_numpy(np.array(chosen, np.float32))[None]


def as_images(batch: Tensor, *, stack: bool) -> Image:
    """``(N, C, H, W)`` as a stack ``(N, H, W)`` or ``(N, H, W, 3)``, or as its only image."""
    images: Image = np.moveaxis(batch.detach().float().cpu().numpy(), 1, -1)
    images = images[..., 0] if images.shape[-1] == 1 else images
    return images if stack else images[0]


def grow(batch: Tensor, multiple: int) -> Tensor:
    """``(N, C, H, W)`` with H and W grown by reflection, down and to the right, to the next multiple."""
    if not any(n % multiple for n in batch.shape[-2:]):
        return batch
    rows, columns = (np.pad(np.arange(n), (0, -n % multiple), mode="reflect") for n in batch.shape[-2:])
    return batch[..., rows[:, None], columns]


def _one_batch(made: Any, network: nn.Module) -> Tensor:
    """What a network gave, if it is one tensor of images."""
    if isinstance(made, Tensor) and made.ndim == 4:
        return made
    kind = f"a tensor of shape {tuple(made.shape)}" if isinstance(made, Tensor) else type(made).__name__
    raise TypeError(
        f"{type(network).__name__}: expected forward to give one tensor (N, C, H, W), got {kind}; "
        "return the resulting image alone"
    )


def _is_color(image: FloatArray) -> bool:
    return image.ndim > 2 and image.shape[-1] == 3


def _is_stack(image: FloatArray) -> bool:
    return image.ndim - _is_color(image) == 3


def _plane(image: FloatArray) -> tuple[int, ...]:
    return image.shape[-3:-1] if _is_color(image) else image.shape[-2:]


def _tile_side(tile: int | None, pixels: int) -> int | None:
    if tile is None:
        return TILE if pixels > TILED_ABOVE else None
    if isinstance(tile, bool) or not isinstance(tile, int) or tile < 1:
        raise ValueError(f"tile: expected a positive number of pixels or None, got {tile!r}")
    return tile
