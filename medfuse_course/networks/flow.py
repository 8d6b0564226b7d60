"""A displacement for every pixel: looking through it, enlarging it, and where it folds."""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """``out(p) = image(p + flow(p))``, bilinear between pixels, black outside.

    Parameters
    ----------
    image
        ``(N, C, H, W)``.
    flow
        ``(N, 2, H, W)`` in pixels: how far down and how far right each pixel looks.

    Returns
    -------
    ``(N, C, H, W)``.

    Raises
    ------
    ValueError
        The flow does not fit.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import warp
    >>> image = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 1, 4)
    >>> flow = torch.zeros(1, 2, 1, 4)
    >>> flow[:, 1] = 1  # each pixel looks one to the right
    >>> warp(image, flow).flatten().tolist()
    [2.0, 3.0, 4.0, 0.0]
    """
    height, width = image.shape[-2:]
    if flow.shape != (len(image), 2, height, width):
        raise ValueError(f"flow: expected shape {(len(image), 2, height, width)}, got {tuple(flow.shape)}")
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device)[:, None] + flow[:, 0]
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device) + flow[:, 1]
    # grid_sample takes (x, y), from -1 to 1 between the outer borders of the image
    at = torch.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1], dim=-1)
    return grid_sample(image, at.to(image.dtype), padding_mode="zeros", align_corners=False)


def enlarge(flow: Tensor, factor: int) -> Tensor:
    """A flow in pixels of the fine grid, from one point for each ``factor`` x ``factor`` of them, linear between.

    Parameters
    ----------
    flow
        ``(N, 2, h, w)``.
    factor
        How much finer.

    Returns
    -------
    ``(N, 2, factor h, factor w)``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import enlarge
    >>> enlarge(torch.tensor([[0.0, 2.0]]).expand(1, 2, 1, 2), 2)[0, 0, 0].tolist()
    [0.0, 0.5, 1.5, 2.0]
    """
    return interpolate(flow, scale_factor=factor, mode="bilinear", align_corners=False)


def jacobian(flow: Tensor) -> Tensor:
    r"""``det(1 + grad flow)``: by how much what a pixel sees is larger than the pixel; 0 or less where it folds.

    Parameters
    ----------
    flow
        ``(N, 2, H, W)`` in pixels.

    Returns
    -------
    ``(N, H - 1, W - 1)``, from forward differences: 1 where nothing is stretched, negative where the map turns over.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import jacobian
    >>> across = torch.arange(4.0).expand(1, 1, 4, 4)
    >>> wider, folded = (torch.cat([0 * across, s * across], dim=1) for s in (0.5, -2))
    >>> jacobian(wider).unique().tolist(), jacobian(folded).unique().tolist()  # 1 + 0.5 and 1 - 2
    ([1.5], [-1.0])
    """
    down = (flow[..., 1:, :] - flow[..., :-1, :])[..., :-1]
    right = (flow[..., 1:] - flow[..., :-1])[..., :-1, :]
    determinant: Tensor = (1 + down[:, 0]) * (1 + right[:, 1]) - right[:, 0] * down[:, 1]
    return determinant
