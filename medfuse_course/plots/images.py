"""Images side by side as a plotly figure."""

import base64
import io
import math
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.checks import check_image, to_uint8
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.plots import style

if TYPE_CHECKING:
    from plotly.graph_objects import Figure
    from plotly.graph_objects import Image as ImageTrace

PAGE_WIDTH = 700
"""The column of a book page in pixels; ``explore.js`` fits the panels again where it is narrower."""

GAP = 12
MAX_PANEL = 340
TITLE_LINE = 18
TITLE_COLUMNS = 26
SMOOTH_FROM = 96
"""Images with a longer side are smoothed when scaled; in smaller ones the reader should see the pixels."""


def show_images(
    images: Mapping[str, Image],
    *,
    alt: str,
    columns: int | None = None,
    cmap: str | Mapping[str, str] = "gray",
    mark_row: int | None = None,
) -> "Figure":
    """Show images side by side, each under its title, without axes, on dark panels.

    Parameters
    ----------
    images
        Title to image: ``(H, W)`` or ``(H, W, 3)`` floats in [0, 1]; the sizes may differ.
    alt
        What a reader who cannot see the figure should know: a sentence.
    columns
        Panels in a row; all in one row up to four by default. Narrow pages show fewer.
    cmap
        Colormap of gray images, one for all or by title: a name in `style.COLORMAPS`.
    mark_row
        Draw a thin line along this row of pixels, as a companion of `line_profile`.

    Returns
    -------
    A plotly figure of WebP images (about 10 KB for 256 x 256), its text alternative in ``layout.meta["alt"]``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.plots import show_images
    >>> gray = np.full((16, 16), 0.5, np.float32)
    >>> figure = show_images({"MRI": gray, "CT": 1 - gray}, alt="Two gray squares")
    >>> [title.text for title in figure.layout.annotations], figure.layout.meta["alt"]
    (['MRI', 'CT'], 'Two gray squares')
    """
    import plotly.graph_objects as go

    panels = check_panels(images)
    columns = check_columns(columns, len(panels))
    lines = max(len(_wrap(title)) for title in panels)
    aspect = max(image.shape[0] / image.shape[1] for image in panels.values())
    grid = {"count": len(panels), "columns": columns, "aspect": aspect, "strip": lines * TITLE_LINE + 6 if lines else 0}
    domains, height = _grid(**grid)
    shapes = [image.shape for image in panels.values()]
    layout = {
        **style.layout(alt, math.ceil(height), panels=grid),
        **_axes(shapes, domains),
        "annotations": panel_titles(list(panels)),
        "showlegend": False,
    }
    if mark_row is not None:
        layout["shapes"] = [
            _mark(suffix, shape, mark_row) for suffix, shape in zip(_suffixes(len(shapes)), shapes, strict=True)
        ]
    traces = [
        image_trace(image, colormap_of(cmap, title), xaxis=f"x{suffix}", yaxis=f"y{suffix}")
        for (title, image), suffix in zip(panels.items(), _suffixes(len(panels)), strict=True)
    ]
    # At once: plotly checks all of a figure with each change, and that took as long as drawing.
    return go.Figure(traces, layout)


def signed_to_gray(band: FloatArray, limit: float) -> Image:
    """Make a signed band visible: ``0.5 + band / (2 limit)``, clipped to [0, 1]; zero is middle gray.

    Parameters
    ----------
    band
        ``(H, W)`` floats of either sign, such as a Laplacian detail band.
    limit
        The magnitude shown as black or white. One limit for all bands of a figure keeps them comparable.

    Returns
    -------
    ``(H, W)`` float32 in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.plots import signed_to_gray
    >>> signed_to_gray(np.array([[-2.0, -1.0, 0.0, 1.0]]), limit=1.0).tolist()
    [[0.0, 0.0, 0.5, 1.0]]
    """
    if not limit > 0:
        raise ValueError(
            f"limit: expected a positive number, got {limit!r}; use the largest magnitude you want to tell apart"
        )
    gray: Image = np.clip(0.5 + np.asarray(band) / (2 * limit), 0, 1).astype(np.float32)
    return gray


def check_panels(images: Any) -> dict[str, Image]:
    """Return the images by title, or say which one is wrong."""
    if not isinstance(images, Mapping):
        raise TypeError(
            f"images: expected a mapping of title to image, got {type(images).__name__}; write {{'title': image}}"
        )
    if not images:
        raise ValueError("images: expected at least one image, got none")
    return {str(title): check_image(image, f"images[{title!r}]") for title, image in images.items()}


def check_columns(columns: int | None, count: int) -> int:
    """Return the number of panels in a row: the one asked for, or rows as even as they can be."""
    if columns is None:
        rows = math.ceil(count / 4)
        return math.ceil(count / rows)
    if isinstance(columns, bool) or not isinstance(columns, int) or columns < 1:
        raise ValueError(f"columns: expected a positive integer, got {columns!r}")
    return min(columns, count)


def colormap_of(cmap: str | Mapping[str, str], title: str) -> str:
    """The colormap of one panel."""
    return style.check_colormap(cmap if isinstance(cmap, str) else cmap.get(title, "gray"))


def color_pixels(image: Image, cmap: str) -> NDArray[np.uint8]:
    """``(H, W, 3)`` bytes: a gray image through its colormap, an RGB image as it is."""
    pixels = to_uint8(image)
    if pixels.ndim == 3:
        return pixels
    if cmap == "gray":
        return np.repeat(pixels[:, :, None], 3, axis=2)
    from matplotlib import colormaps

    table = np.rint(colormaps[cmap](np.arange(256))[:, :3] * 255).astype(np.uint8)
    colored: NDArray[np.uint8] = table[pixels]
    return colored


def image_trace(image: Image, cmap: str = "gray", **axes: str) -> "ImageTrace":
    """One image as a plotly trace with a WebP source, on the axes named."""
    import plotly.graph_objects as go

    smooth = "fast" if max(image.shape[:2]) > SMOOTH_FROM else False
    return go.Image(source=encode(color_pixels(image, cmap)), zsmooth=smooth, hoverinfo="skip", **axes)


def encode(pixels: NDArray[np.uint8]) -> str:
    """A WebP data URI: without loss for small images, where every pixel is seen, else at quality 85."""
    return _encode(pixels.tobytes(), *pixels.shape[:2])


@lru_cache(maxsize=64)
def _encode(pixels: bytes, height: int, width: int) -> str:
    """Kept for a while: in the frames of an exploration most panels stand still."""
    from PIL import Image as PillowImage

    buffer = io.BytesIO()
    small = max(height, width) <= SMOOTH_FROM
    image = PillowImage.frombytes("RGB", (width, height), pixels)
    image.save(buffer, "WEBP", quality=85, method=4, lossless=small)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def panel_titles(titles: list[str]) -> list[dict[str, Any]]:
    """One annotation above each panel, tied to the panel's axes so that it follows when the page is narrow."""
    return [
        {
            "text": "<br>".join(_wrap(title)) or " ",
            "xref": f"x{number} domain".replace("x1 ", "x "),
            "yref": f"y{number} domain".replace("y1 ", "y "),
            "x": 0.5,
            "y": 1,
            "xanchor": "center",
            "yanchor": "bottom",
            "showarrow": False,
        }
        for number, title in enumerate(titles, start=1)
    ]


def _wrap(title: str) -> list[str]:
    return textwrap.wrap(title, TITLE_COLUMNS)


def _grid(count: int, columns: int, aspect: float, strip: int) -> tuple[list[tuple[list[float], list[float]]], float]:
    """Axis domains of each panel, row by row from the top, and the height in pixels. ``explore.js`` does the same."""
    rows = math.ceil(count / columns)
    width = min((PAGE_WIDTH - (columns - 1) * GAP) / columns, MAX_PANEL)
    left = (PAGE_WIDTH - columns * width - (columns - 1) * GAP) / 2
    cell = strip + width * aspect
    height = rows * cell + (rows - 1) * GAP
    domains = []
    for number in range(count):
        row, column = divmod(number, columns)
        x = left + column * (width + GAP)
        bottom = (rows - 1 - row) * (cell + GAP)
        across, up = [x / PAGE_WIDTH, (x + width) / PAGE_WIDTH], [bottom / height, (bottom + width * aspect) / height]
        domains.append(([max(v, 0.0) for v in across], [min(v, 1.0) for v in up]))
    return domains, height


def _suffixes(count: int) -> list[str]:
    """What plotly puts behind the names of axes."""
    return ["", *map(str, range(2, count + 1))]


def _axes(shapes: list[tuple[int, ...]], domains: list[tuple[list[float], list[float]]]) -> dict[str, Any]:
    """A pair of axes for each image, in its place."""
    plain = {"visible": False, "fixedrange": True, "constrain": "domain"}
    axes: dict[str, Any] = {}
    for suffix, shape, (x, y) in zip(_suffixes(len(shapes)), shapes, domains, strict=True):
        across = {"domain": x, "anchor": f"y{suffix}", "range": [-0.5, shape[1] - 0.5]}
        up = {"domain": y, "anchor": f"x{suffix}", "range": [shape[0] - 0.5, -0.5], "scaleanchor": f"x{suffix}"}
        axes |= {f"xaxis{suffix}": {**plain, **across}, f"yaxis{suffix}": {**plain, **up}}
    return axes


def _mark(suffix: str, shape: tuple[int, ...], row: int) -> dict[str, Any]:
    if not 0 <= row < shape[0]:
        raise ValueError(f"mark_row: expected a row from 0 to {shape[0] - 1}, got {row}")
    line = {"color": style.ACCENT, "width": 1.5, "dash": "dot"}
    ends = {"x0": -0.5, "x1": shape[1] - 0.5, "y0": row, "y1": row}
    return {"type": "line", "xref": f"x{suffix}", "yref": f"y{suffix}", "line": line, **ends}
