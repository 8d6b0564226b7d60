"""One face for every figure: colors, type, panels, alt text.

Panels are dark wherever they stand, as on a reading-room screen; the paper around them is transparent. Text outside a
panel has a gray that can be read on white and on black; on the book's pages ``explore.js`` gives it the page's color.
"""

from collections.abc import Sequence
from typing import Any

from medfuse_course.core.registry import unknown

INK = "#76808c"
"""Text on unknown paper: contrast about 4 to 1 on white and on the book's dark page."""

PANEL = "#0d1117"
PANEL_INK = "#c9d1d9"
GRID = "#2b333d"
ACCENT = "#56b4e9"
SERIES = ("#56b4e9", "#e69f00", "#cc79a7", "#2fbf8f", "#f0e442", "#d55e00")
"""Line and bar colors (Okabe and Ito's, the green lightened): told apart by color-blind readers, bright on a panel."""

AXIS = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "fixedrange": True}
"""An axis of a chart: its lines are faint, and a finger on a phone scrolls the page, not the axis."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
FONT_SIZE = 13

COLORMAPS = ("gray", "magma", "viridis", "cividis", "inferno", "RdBu_r", "hot", "nipy_spectral")
"""Perceptually uniform ones, a diverging one for signed bands, and two that clinics use (their flaws are a subject)."""

ALT_MINIMUM = 15
"""Fewer characters do not describe a picture."""


def check_alt(alt: Any) -> str:
    """Return the text alternative of a figure, or say why it is none."""
    if not isinstance(alt, str):
        raise TypeError(f"alt: expected a sentence that describes the picture (str), got {type(alt).__name__}")
    text = " ".join(alt.split())
    if len(text) < ALT_MINIMUM:
        raise ValueError(
            f"alt: expected at least {ALT_MINIMUM} characters, got {text!r}; say what a reader who cannot see it misses"
        )
    return text


def check_colormap(name: Any) -> str:
    """Return the name of a colormap that the course uses, or suggest one."""
    if name not in COLORMAPS:
        raise ValueError(f"cmap: {unknown('colormap', str(name), COLORMAPS)}")
    return str(name)


def layout(alt: str, height: int, margin: Sequence[int] = (0, 0, 0, 0), **meta: Any) -> dict[str, Any]:
    """The plotly layout that all figures share.

    Parameters
    ----------
    alt
        Text alternative, kept in ``layout.meta["alt"]``.
    height
        Pixels; the width is the page's.
    margin
        Left, right, top, bottom in pixels.
    **meta
        More for ``layout.meta``, which ``explore.js`` reads.

    Returns
    -------
    Keywords for ``Figure.update_layout``.
    """
    left, right, top, bottom = margin
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": PANEL,
        "font": {"family": FONT, "size": FONT_SIZE, "color": INK},
        "colorway": list(SERIES),
        "dragmode": False,
        "hovermode": False,
        "meta": {"alt": check_alt(alt), **meta},
    }
