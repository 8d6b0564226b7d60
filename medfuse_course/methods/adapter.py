"""`fuse` and `fuse_stack`: one call for every fusion method, on gray and on color.

What all verbs share is in `running`; here is what fusion alone has: color that is kept apart, black that stays black.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from medfuse_course.color.gray import gray_to_rgb, without_color
from medfuse_course.color.luminance import fuse_luminance
from medfuse_course.core.checks import check_image, check_pair
from medfuse_course.core.types import BoolArray, Image
from medfuse_course.methods.base import FUSE_OPTIONS, Method, check_task
from medfuse_course.methods.own import as_method
from medfuse_course.methods.running import MIN_SIDE, check_options, check_result, runner
from medfuse_course.methods.tasks import FUSION


def fuse(
    a: Any, b: Any, method: Any = "laplacian_pyramid", *, color: str = "ycbcr", black: bool = True, **options: Any
) -> Image:
    """Fuse two registered images of one scene.

    Parameters
    ----------
    a, b
        The anatomical and the complementary source: float arrays, ``(H, W)`` gray or ``(H, W, 3)`` RGB, in [0, 1],
        on one grid, at least 16 x 16 pixels. RGB with three equal channels counts as gray: it gives no color.
    method
        A slug from `list_methods`; or a method of your own: a function of two gray images that returns a third, or a
        `torch.nn.Module` whose ``forward(a, b)`` does so for tensors ``(N, 1, H, W)``.
    color
        What happens when a source is RGB: its luminance is fused and its chroma kept, in ``"ycbcr"``, ``"yuv"``,
        ``"ihs"`` or ``"lab"``. Methods that take color themselves ignore it.
    black
        Black stays black: where both sources are exactly 0, in all channels, so is the result. Many a method leaves a
        gray level or two there, which nobody sees and which scores do. Options that ask for what somebody published
        (a ``profile`` other than ``"course"``, weights in their authors' own file) switch it off: such a result is
        theirs, to the pixel.
    **options
        Options of the method; ``get_method(method).options`` lists them with their defaults.

    Returns
    -------
    float32 image in [0, 1]: ``(H, W)`` when both sources are gray, else ``(H, W, 3)``. Values that leave the range are
    clipped, never stretched.

    Raises
    ------
    TypeError, ValueError
        An input is not an image, the grids differ, or the method or an option is unknown.
    MemoryError
        The device has too little memory for the images.

    Examples
    --------
    >>> from medfuse_course import fuse, load_pair
    >>> pair = load_pair("head/mri-ct")
    >>> fused = fuse(pair.a, pair.b, "laplacian_pyramid", levels=5)
    """
    declared = _fusion_method(method)
    a, b = check_pair(a, b, min_side=MIN_SIDE)
    fuse_as_they_are = _fuser(declared, color, black, options)
    in_color = 3 in (a.ndim, b.ndim)
    if declared.color_native:
        a, b = without_color(a), without_color(b)
    fused = fuse_as_they_are(a, b)
    return gray_to_rgb(fused) if in_color and fused.ndim == 2 else fused


def fuse_stack(
    a: Any, b: Any, method: Any = "laplacian_pyramid", *, batch: int = 8, black: bool = True, **options: Any
) -> Image:
    """Fuse two stacks of images slice by slice; learned methods see whole batches, which is what a GPU is for.

    Each slice comes out as `fuse` makes it: to rounding, at most 1e-4 on a GPU.

    Parameters
    ----------
    a, b
        Float arrays in [0, 1], ``(N, H, W)`` gray or ``(N, H, W, 3)`` RGB, of as many slices on one grid.
    method
        As `fuse` takes it.
    batch
        Slices that a network sees at once; the memory of a GPU bounds it.
    black, **options
        As `fuse`; ``color`` too, where a stack is RGB.

    Returns
    -------
    float32 in [0, 1]: ``(N, H, W)`` when both stacks are gray, else ``(N, H, W, 3)``.

    Raises
    ------
    TypeError, ValueError
        As `fuse`, the slice named; the stacks are no stacks, or of different length.
    MemoryError
        The device has too little memory for the batch.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course import fuse
    >>> from medfuse_course.methods import fuse_stack
    >>> a, b = np.random.default_rng(0).random((2, 3, 32, 32), dtype=np.float32)  # three slices each
    >>> fused = fuse_stack(a, b, "laplacian_pyramid")
    >>> fused.shape, bool(np.allclose(fused[1], fuse(a[1], b[1], "laplacian_pyramid")))
    ((3, 32, 32), True)
    """
    declared = _fusion_method(method)
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise ValueError(f"batch: expected a positive integer, got {batch!r}")
    pairs = _check_stacks(a, b)
    in_color = any(image.ndim == 3 for image in pairs[0])
    color = options.pop("color", "ycbcr")
    if declared.color_native:  # a stack is gray where all its slices are: one empty slice must not change the roles
        first, second = (without_color(np.stack(side)) for side in zip(*pairs, strict=True))
        pairs = list(zip(first, second, strict=True))
    if not declared.network or (in_color and not declared.color_native):
        one = _fuser(declared, color, black, options)
        return _as_wide(np.stack([one(x, y) for x, y in pairs]), in_color)
    check_options(declared, options | {"color": color, "black": black}, FUSE_OPTIONS)
    function = runner(declared, options)
    fused = []
    for start in range(0, len(pairs), batch):
        first, second = (np.stack(side) for side in zip(*pairs[start : start + batch], strict=True))
        made = _clipped(function(first, second), first, second, declared.slug)
        fused.append(_keep_black(made, first, second) if black and not is_published(options, declared) else made)
    return _as_wide(np.concatenate(fused), in_color)


def color_source(a: Image, b: Image) -> str:
    """Which source gives the fused image its color: ``"a"``, ``"b"``, ``"both"``; ``""`` where none has any."""
    return {(2, 2): "", (3, 2): "a", (2, 3): "b"}.get((without_color(a).ndim, without_color(b).ndim), "both")


def _fuser(declared: Method, color: str, black: bool, options: dict[str, Any]) -> Callable[[Image, Image], Image]:
    """What fuses two images that are checked; which of them has color says their shape."""
    check_options(declared, options | {"color": color, "black": black}, FUSE_OPTIONS)
    function = runner(declared, options)

    def fuse_directly(first: Image, second: Image) -> Image:
        return _clipped(function(first, second), first, second, declared.slug)

    def fuse_as_they_are(a: Image, b: Image) -> Image:
        if declared.color_native or a.ndim == b.ndim == 2:
            fused = fuse_directly(a, b)
        else:
            fused = fuse_luminance(a, b, fuse_directly, space=color)
        return _keep_black(fused, a, b) if black and not is_published(options, declared) else fused

    return fuse_as_they_are


def _as_wide(fused: Image, in_color: bool) -> Image:
    """A stack of gray images with three channels, where one of its sources had them."""
    return np.repeat(fused[..., None], 3, axis=-1) if in_color and fused.ndim == 3 else fused


def _fusion_method(method: Any) -> Method:
    return check_task(as_method(method), FUSION)


def _check_stacks(a: Any, b: Any) -> list[tuple[Image, Image]]:
    """The pairs of two stacks, each checked as `fuse` checks one."""
    for name, stack in (("a", a), ("b", b)):
        if not isinstance(stack, np.ndarray):
            check_image(stack, name)  # says what is wrong with what is no array
        color = stack.ndim == 4 and stack.shape[-1] == 3
        if not (stack.ndim == 3 or color) or not len(stack):
            raise ValueError(f"{name}: expected a stack (N, H, W) or (N, H, W, 3) of at least one, got {stack.shape}")
    if len(a) != len(b):
        raise ValueError(f"b: expected as many slices as a, {len(a)}, got {len(b)}")
    return [
        check_pair(x, y, names=(f"a[{k}]", f"b[{k}]"), min_side=MIN_SIDE)
        for k, (x, y) in enumerate(zip(a, b, strict=True))
    ]


def _clipped(result: Any, a: Image, b: Image, slug: str) -> Image:
    """What a method made of two images, or of two stacks, in [0, 1]."""
    whole = check_result(result, max(a.shape, b.shape, key=len), slug)
    return np.clip(whole, 0, 1).astype(np.float32, copy=False)


def is_published(options: dict[str, Any], method: Method | None = None) -> bool:
    """Whether options of `fuse` ask for what somebody published, to the pixel; then black is left as it comes.

    Parameters
    ----------
    options
        Of `fuse`.
    method
        Its declaration. A file of weights of a trunk is no fusion that somebody published.

    Returns
    -------
    True of a profile other than ``"course"``, and of weights in a file of their authors' own.
    """
    if method is not None and method.backbone:
        options = {name: value for name, value in options.items() if name != "weights"}
    weights = options.get("weights")  # a path, or a source with an address or a path
    file = getattr(weights, "address", getattr(weights, "path", weights))
    return Path(str(file)).suffix not in ("", ".safetensors") or options.get("profile", "course") != "course"


def _keep_black(fused: Image, a: Image, b: Image) -> Image:
    """An image, or a stack, with 0 where both sources are exactly 0, in all channels."""
    fused[_is_black(a) & _is_black(b)] = 0
    return fused


def _is_black(image: Image) -> BoolArray:
    black: BoolArray = (image == 0).all(axis=-1) if image.shape[-1] == 3 else image == 0
    return black
