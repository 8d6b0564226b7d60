"""Bands and decisions as images that `show_images` and `explore` take."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import Image
from medfuse_course.plots.images import signed_to_gray


def band_images(band: NDArray[Any], titles: Sequence[str] = (), limit: float | None = None) -> dict[str, Image]:
    """The directions of one detail level, each under its title.

    Real bands are drawn around middle gray, complex ones by magnitude.

    Parameters
    ----------
    band
        ``(directions, h, w)``, or ``(h, w)`` for one.
    titles
        One for each direction; ``direction 1``, ``direction 2``, ... by default.
    limit
        The magnitude shown as black or white; by default the 99.5th percentile of the level, one for all directions,
        so that they can be compared.

    Returns
    -------
    Images in [0, 1] by title, zero in middle gray, all on one scale.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.plots import band_images
    >>> shown = band_images(np.array([[-2.0, 0.0, 2.0]]), titles=["detail"], limit=2.0)
    >>> {title: image.tolist() for title, image in shown.items()}  # zero is middle gray
    {'detail': [[0.0, 0.5, 1.0]]}
    """
    stack = band[np.newaxis] if band.ndim == 2 else band
    names = list(titles) or [f"direction {k}" for k in range(1, len(stack) + 1)]
    if len(names) != len(stack):
        raise ValueError(f"titles: expected {len(stack)}, one for each direction, got {len(names)}")
    if limit is None:
        limit = float(np.percentile(np.abs(stack), 99.5)) or 1.0
    if np.iscomplexobj(stack):
        return {name: np.clip(np.abs(x) / limit, 0, 1).astype(np.float32) for name, x in zip(names, stack, strict=True)}
    return {name: signed_to_gray(x, limit) for name, x in zip(names, stack, strict=True)}
