"""`explore`: the one way to make something interactive."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medfuse_course.plots.style import check_alt
from medfuse_course.widgets.controls import read_controls
from medfuse_course.widgets.live import Explorer
from medfuse_course.widgets.static import build_figure, check_pick

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def explore(
    fn: Callable[..., Any],
    *,
    alt: str,
    title: str | None = None,
    static: Mapping[str, Sequence[Any]] | None = None,
    pick: tuple[str, str] | None = None,
    **controls: Any,
) -> "Explorer | Figure":
    """Let a reader turn the arguments of a function and see what it returns.

    Parameters
    ----------
    fn
        Takes the controls by name; returns an image ``(H, W)`` or ``(H, W, 3)`` in [0, 1], a mapping of title to image,
        or a plotly figure.
    alt
        What a reader who cannot see the picture should know: a sentence.
    title
        A heading above the controls.
    static
        Name to the positions that a page without a kernel offers. Without it a slider is sampled evenly: at most 11
        positions, fewer where several controls share the 60 frames a page may hold.
    pick
        Names of two sliders, such as ``("column", "row")``: on a page without a kernel a click or a tap on any of the
        pictures sets the first by how far to the right it is, the second by how far down. The sliders remain, for the
        keyboard and where there is a kernel.
    **controls
        ``name=(low, high)`` or ``(low, high, step)`` is a slider, a list of choices or a mapping of label to value is a
        menu, a bool is a menu of off and on. A control starts at the default of `fn`'s argument, if it has one.

    Returns
    -------
    With a kernel an `Explorer` of ipywidgets. Where ``MEDFUSE_STATIC=1``, as in the book's build, a plotly figure
    with a frame for every combination; there an exception of `fn` is an error of the build.

    Examples
    --------
    >>> from medfuse_course import explore, fuse, load_pair
    >>> pair = load_pair("head/mri-ct")
    >>> def fading(alpha):
    ...     return fuse(pair.a, pair.b, "average", weight=alpha)
    >>> explore(fading, alpha=(0.0, 1.0), alt="CT fading into MRI")
    Explorer(alpha=0.5): run it in a notebook to see the picture
    """
    check_alt(alt)
    described = read_controls(fn, controls)
    check_pick(pick, described)
    if os.environ.get("MEDFUSE_STATIC", "0") not in ("", "0"):
        return build_figure(fn, described, alt=check_alt(alt), title=title, static=static, pick=pick)
    return Explorer(fn, described, alt=alt, title=title)


def drive(explorer: Explorer) -> int:
    """Move every control to all that matters (a slider's ends, each entry of a menu); any exception is fatal.

    Returns
    -------
    How many settings were drawn. Afterwards every control is where it was.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.widgets import drive, explore
    >>> def square(gray):
    ...     return np.full((16, 16), gray, np.float32)
    >>> explorer = explore(square, gray=(0.0, 1.0), alt="A square in one gray")
    >>> drive(explorer)  # where it starts, both ends, and back
    4
    """
    if not isinstance(explorer, Explorer):
        raise TypeError(
            f"explorer: expected an Explorer, got {type(explorer).__name__}; a static figure has drawn all it shows"
        )
    _raise(explorer)
    drawn = 1
    for widget in explorer.controls.values():
        start = widget.value
        ends = [value for _, value in widget.options] if hasattr(widget, "options") else [widget.min, widget.max]
        for value in [*ends, start]:
            widget.value = value
            _raise(explorer)
            drawn += 1
    return drawn


def _raise(explorer: Explorer) -> None:
    if explorer.error is not None:
        explorer.error.add_note(f"while exploring {explorer.values}")
        raise explorer.error
