"""Curves and bars as plotly figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from medfuse_course.core.checks import check_gray
from medfuse_course.core.types import Image
from medfuse_course.plots import style
from medfuse_course.plots.images import check_panels

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Curves differ by dash as well as by color."""

MARGIN = (52, 10, 34, 48)


def line_profile(
    images: Mapping[str, Image], *, row: int, alt: str, columns: tuple[int, int] | None = None
) -> "Figure":
    """The intensity along one row of several gray images: what survives fusion at an edge, and what does not.

    Parameters
    ----------
    images
        Title to gray image ``(H, W)`` in [0, 1], all on one grid; at most six.
    row
        Index of the row.
    alt
        What a reader who cannot see the figure should know: a sentence.
    columns
        First and last column to show; the whole row by default.

    Returns
    -------
    One line for each image.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.plots import line_profile
    >>> edge = np.tile(np.array([0, 0, 1, 1], np.float32), (4, 1))
    >>> figure = line_profile({"CT": edge, "average": edge / 2}, row=1, alt="Both rise in the middle")
    >>> {line.name: list(line.y) for line in figure.data}
    {'CT': [0.0, 0.0, 1.0, 1.0], 'average': [0.0, 0.0, 0.5, 0.5]}
    """
    import plotly.graph_objects as go

    panels = {title: check_gray(image, f"images[{title!r}]") for title, image in check_panels(images).items()}
    first, last = _check_profile(panels, row, columns)
    x = list(range(first, last + 1))
    figure = go.Figure(
        [
            go.Scatter(x=x, y=image[row, first : last + 1].tolist(), name=title, mode="lines", line=_line(number))
            for number, (title, image) in enumerate(panels.items())
        ]
    )
    figure.update_layout(chart_layout(alt, 320))
    figure.update_xaxes(title_text=f"column (row {row})", range=[first, last])
    figure.update_yaxes(title_text="intensity", range=[-0.02, 1.02])
    return figure


def chart_layout(alt: str, height: int) -> dict[str, Any]:
    """The layout of curves over one axis: the legend stands above, and one hover label tells all curves."""
    legend = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "xanchor": "left"}
    return style.layout(alt, height, MARGIN) | {
        "xaxis": style.AXIS,
        "yaxis": style.AXIS,
        "legend": legend,
        "hovermode": "x unified",
    }


def _check_profile(panels: Mapping[str, Image], row: int, columns: tuple[int, int] | None) -> tuple[int, int]:
    shapes = {image.shape for image in panels.values()}
    if len(shapes) > 1:
        raise ValueError(f"images: expected one grid, got shapes {sorted(shapes)}; a profile compares the same pixels")
    if len(panels) > len(DASHES):
        raise ValueError(f"images: expected at most {len(DASHES)} curves, got {len(panels)}; nobody tells more apart")
    height, width = shapes.pop()
    if not 0 <= row < height:
        raise ValueError(f"row: expected 0 to {height - 1}, got {row}")
    first, last = columns or (0, width - 1)
    if not 0 <= first < last < width:
        raise ValueError(f"columns: expected two increasing columns from 0 to {width - 1}, got {columns}")
    return first, last


def _line(number: int) -> dict[str, Any]:
    return {"color": style.SERIES[number], "dash": DASHES[number], "width": 2}
