"""The same panels as a PNG: for live widgets, the gallery and the README."""

import io
import math
import textwrap
from collections.abc import Mapping

from medfuse_course.core.types import Image
from medfuse_course.plots import style
from medfuse_course.plots.images import (
    SMOOTH_FROM,
    TITLE_COLUMNS,
    check_columns,
    check_panels,
    color_pixels,
    colormap_of,
)

INCH = 100
"""Dots per inch: one unit of the layout below is then a pixel."""


def render_panels(
    images: Mapping[str, Image],
    *,
    columns: int | None = None,
    cmap: str | Mapping[str, str] = "gray",
    panel: int = 256,
    background: str | None = None,
    ink: str = style.INK,
) -> bytes:
    """Draw images side by side under their titles and return a PNG.

    Parameters
    ----------
    images
        Title to image: ``(H, W)`` or ``(H, W, 3)`` floats in [0, 1]. An empty title takes no room.
    columns
        Panels in a row; all in one row up to four by default.
    cmap
        Colormap of gray images, one for all or by title: a name in `style.COLORMAPS`.
    panel
        Width of a panel in pixels.
    background
        Any color matplotlib knows; None is transparent, for pages of either mode.
    ink
        Color of the titles.

    Returns
    -------
    PNG bytes. The picture has no text alternative of its own: whoever shows it gives one.

    Examples
    --------
    >>> from io import BytesIO
    >>> import numpy as np
    >>> from PIL import Image
    >>> from medfuse_course.plots import render_panels
    >>> gray = np.full((16, 16), 0.5, np.float32)
    >>> pictures = ({"": gray}, {"MRI": gray, "CT": gray})
    >>> [Image.open(BytesIO(render_panels(images, panel=64))).size for images in pictures]  # a gap and titles
    [(64, 64), (138, 88)]
    """
    from matplotlib.figure import Figure

    checked = check_panels(images)
    columns = check_columns(columns, len(checked))
    rows = math.ceil(len(checked) / columns)
    lines = max(len(textwrap.wrap(title, TITLE_COLUMNS)) for title in checked)
    strip, gap = 18 * lines + (6 if lines else 0), 10
    tall = panel * max(image.shape[0] / image.shape[1] for image in checked.values())
    width, height = columns * panel + (columns - 1) * gap, rows * (strip + tall) + (rows - 1) * gap
    figure = Figure(figsize=(width / INCH, height / INCH), dpi=INCH, facecolor=background or "none")
    for number, (title, image) in enumerate(checked.items()):
        row, column = divmod(number, columns)
        left, bottom = column * (panel + gap), height - (row + 1) * (strip + tall) - row * gap
        axes = figure.add_axes((left / width, bottom / height, panel / width, tall / height), facecolor=style.PANEL)
        smooth = "bilinear" if max(image.shape[:2]) > SMOOTH_FROM else "nearest"
        axes.imshow(color_pixels(image, colormap_of(cmap, title)), interpolation=smooth)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_title("\n".join(textwrap.wrap(title, TITLE_COLUMNS)), color=ink, fontsize=9.5, pad=5)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=INCH, facecolor=figure.get_facecolor())
    return buffer.getvalue()
