"""Windows of a map as rows of tokens, and which of them are neighbors after the map was rolled."""

import torch
from torch import Tensor


def grown(side: int, window: int) -> int:
    """The least multiple of the window that holds a side.

    Parameters
    ----------
    side, window
        In pixels.

    Returns
    -------
    In pixels.
    """
    return (side + window - 1) // window * window


def partition(x: Tensor, window: int) -> Tensor:
    """Cut a map into square windows, each a row of tokens.

    Parameters
    ----------
    x
        ``(N, C, H, W)``; H and W multiples of `window`.
    window
        Side in pixels.

    Returns
    -------
    ``(N * n, window**2, C)``: the n windows of each image row by row, and so the pixels in each.

    Raises
    ------
    ValueError
        A side is no multiple of the window.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import partition
    >>> x = torch.arange(16.0).view(1, 1, 4, 4)
    >>> partition(x, 2)[..., 0].tolist()  # four windows of 2 x 2 pixels
    [[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0], [8.0, 9.0, 12.0, 13.0], [10.0, 11.0, 14.0, 15.0]]
    """
    count, channels, height, width = x.shape
    _check_sides(height, width, window)
    x = x.reshape(count, channels, height // window, window, width // window, window)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(-1, window * window, channels)  # N, rows, columns, y, x, C


def merge(tokens: Tensor, window: int, height: int, width: int) -> Tensor:
    """Put windows back in their places: the inverse of `partition`.

    Parameters
    ----------
    tokens
        ``(N * n, window**2, C)``.
    window, height, width
        Side of a window; sides of the map, multiples of it.

    Returns
    -------
    ``(N, C, height, width)``.

    Raises
    ------
    ValueError
        A side is no multiple of the window.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import merge, partition
    >>> x = torch.arange(16.0).view(1, 1, 4, 4)
    >>> torch.equal(merge(partition(x, 2), 2, 4, 4), x)
    True
    """
    _check_sides(height, width, window)
    x = tokens.reshape(-1, height // window, width // window, window, window, tokens.shape[-1])
    return x.permute(0, 5, 1, 3, 2, 4).reshape(-1, tokens.shape[-1], height, width)


def shift_mask(height: int, width: int, window: int, shift: int, device: torch.device | None = None) -> Tensor:
    """Which tokens of a window may look at each other after the map was rolled up and left by `shift`.

    Rolling brings the first rows and columns behind the last: in one window lie pixels that were never neighbors. And
    where the map was grown to a multiple of the window, the margin is no image. Tokens of one piece see each other.

    Parameters
    ----------
    height, width
        Of the map before it was grown at the bottom and at the right.
    window, shift
        Side of a window, and by how much the map was rolled, ``0 <= shift < window``.
    device
        Where to make it.

    Returns
    -------
    Booleans ``(n, window**2, window**2)``, True where a token may look: the n windows of `partition`.

    Raises
    ------
    ValueError
        The shift is not smaller than the window, or negative.

    Examples
    --------
    >>> from medfuse_course.networks import shift_mask
    >>> shift_mask(4, 4, window=2, shift=0).all().item()  # not rolled: everybody in a window
    True
    >>> shift_mask(4, 4, window=2, shift=1)[-1].int().tolist()  # the last window: four corners of the image
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    """
    if not 0 <= shift < window:
        raise ValueError(f"shift: expected 0 to {window - 1}, less than the window, got {shift}")
    rows, columns = (_pieces(side, window, shift, device) for side in (height, width))
    labels = rows[:, None] * 3 + columns[None, :]
    tokens = partition(labels[None, None], window)[..., 0]
    return tokens[:, :, None] == tokens[:, None, :]


def _check_sides(height: int, width: int, window: int) -> None:
    if window < 1 or height % window or width % window:
        raise ValueError(
            f"x: expected sides that are multiples of the window {window}, got {height} x {width}; grow it"
        )


def _pieces(side: int, window: int, shift: int, device: torch.device | None) -> Tensor:
    """Of a grown and rolled row of pixels, which piece each is: 0 the image, 1 what was rolled behind, 2 the margin."""
    wide = grown(side, window)
    at = torch.arange(wide, device=device)
    pieces = (at >= wide - shift).long()
    return pieces.masked_fill(at.roll(-shift) >= side, 2)
