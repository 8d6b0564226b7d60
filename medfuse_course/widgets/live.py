"""The exploration with a kernel: ipywidgets 7 and 8, core widgets only."""

import base64
import html
import weakref
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from medfuse_course.plots import render_panels, style
from medfuse_course.widgets.controls import Control, same
from medfuse_course.widgets.return_values import as_panels

_PLAIN = (str, int, float)  # what any comparison of widgets can hold
_CLOSED = "this explorer is closed; run its cell again"

_shown: dict[str, tuple[int, list["Explorer"]]] = {}
"""What cells of the notebook show, with the number of the execution that showed it: it lives as long as they do."""


class Explorer:
    """Sliders and menus over a picture that follows them. It computes nothing: it calls the function it was given.

    It lives while somebody holds it or a cell shows it; once the cell runs again, it is closed. (ipywidgets by itself
    keeps every widget, and with it the function and its images, as long as the kernel runs.)

    Attributes
    ----------
    controls
        Name to ipywidget. Setting its ``value`` draws again, in a browser or without one.
    result
        What the function returned last.
    picture
        What is on the screen: PNG bytes, a plotly figure, or None before the first success.
    error
        The exception of the last call, shown to the reader in place of a traceback; None when it went well.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.widgets import explore
    >>> def square(gray):
    ...     return np.full((16, 16), gray, np.float32)
    >>> explorer = explore(square, gray=(0.0, 1.0), alt="A square in one gray")
    >>> explorer.controls["gray"].value = 0.75
    >>> float(explorer.result.max()), explorer.error
    (0.75, None)
    """

    def __init__(
        self, fn: Callable[..., Any], controls: Sequence[Control], *, alt: str, title: str | None = None
    ) -> None:
        import ipywidgets

        self.alt = style.check_alt(alt)
        self.result: Any = None
        self.picture: Any = None
        self.error: Exception | None = None
        self._fn = fn
        self.controls: dict[str, Any] = {c.name: _make_widget(ipywidgets, c) for c in controls}
        # An HTML <img> and not ipywidgets.Image: only the former can carry a text alternative.
        self._image = ipywidgets.HTML()
        self._figure = ipywidgets.Output()
        self._message = ipywidgets.HTML()
        heading = [ipywidgets.HTML(f"<strong>{html.escape(title)}</strong>")] if title else []
        self.widget = ipywidgets.VBox([*heading, *self.controls.values(), self._message, self._image, self._figure])
        weak = weakref.ref(self)

        def follow(_change: Any) -> None:
            if (explorer := weak()) is not None:
                explorer._redraw()

        for widget in self.controls.values():
            widget.observe(follow, names="value")
        self._end = weakref.finalize(self, _close, [*self.widget.children, self.widget])
        self._end.atexit = False
        self._redraw()

    @property
    def values(self) -> dict[str, Any]:
        """The current value of every control."""
        given = {name: widget.value for name, widget in self.controls.items()}
        return {name: value.held if isinstance(value, _Choice) else value for name, value in given.items()}

    def close(self) -> None:
        """Take it from the page, and let go of the function and what it made."""
        self._end()
        self.controls, self.result, self.picture, self.error = {}, None, None, None
        self.widget = self._image = self._figure = self._message = None
        self._fn = _closed

    def _redraw(self) -> None:
        try:
            result = self._fn(**self.values)
            panels = as_panels(result)
            picture = result if panels is None else render_panels(panels)
        except Exception as error:  # whatever a reader's function raises must not break the page
            self.error = error
            self._message.value = _explain(error)
            return
        self.error, self.result, self.picture = None, result, picture
        self._message.value = ""
        if panels is None:
            self._show_figure(picture)
        else:
            self._image.value = _img(picture, self.alt)

    def _show_figure(self, figure: Any) -> None:
        ipython: Any = import_module("IPython")
        if not hasattr(ipython.get_ipython(), "kernel"):
            return  # a plain interpreter has no page to draw on, and plotly would open a browser
        with self._figure:
            ipython.display.clear_output(wait=True)
            ipython.display.display(figure)

    def _ipython_display_(self) -> None:
        ipython: Any = import_module("IPython")
        if self.widget is not None:
            _keep_shown(self, ipython.get_ipython())
        ipython.display.display(self.widget or _CLOSED)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"Explorer({settings}): run it in a notebook to see the picture"


class _Choice:
    """A choice that ipywidgets may compare: of arrays it asks ``==`` and takes the answer for a yes or no."""

    __array_ufunc__ = None  # so that an array leaves the comparison to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, held: Any) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return same(self.held, other.held if isinstance(other, _Choice) else other)


def _closed(**_: Any) -> Any:
    raise RuntimeError(_CLOSED)


def _close(widgets: Iterable[Any]) -> None:
    for widget in widgets:
        for part in (widget, widget.layout, getattr(widget, "style", None)):
            if part is not None:
                part.close()


def _keep_shown(explorer: Explorer, shell: Any) -> None:
    """Hold what a cell shows, and close what its earlier execution showed and no other cell does."""
    cell, execution = _cell_of(shell), getattr(shell, "execution_count", 0)
    before, shown = _shown.get(cell, (execution, []))
    _shown[cell] = execution, [*(shown if before == execution else []), explorer]
    seen = {id(one) for _, of_cell in _shown.values() for one in of_cell}
    for one in shown:
        if id(one) not in seen:
            one.close()


def _cell_of(shell: Any) -> str:
    """The name that a front end gives to the cell that runs; where it gives none, what is written in the cell."""
    kernel: Any = getattr(shell, "kernel", None)
    asked = kernel.get_parent("shell") if hasattr(kernel, "get_parent") else {}
    name = (asked or {}).get("metadata", {}).get("cellId")
    return str(name or (getattr(shell, "user_ns", {}).get("In") or [""])[-1])


def _make_widget(ipywidgets: Any, control: Control) -> Any:
    looks = {"description": control.title, "style": {"description_width": "initial"}}
    wide = {"layout": ipywidgets.Layout(width="100%", max_width="480px")}
    if control.kind == "menu":
        choices = [value if isinstance(value, _PLAIN) else _Choice(value) for value in control.values]
        options = list(zip(control.labels, choices, strict=True))
        return ipywidgets.Dropdown(options=options, index=control.initial, equals=same, **looks)
    low, high, value = control.values[0], control.values[-1], control.values[control.initial]
    if isinstance(low, int):
        return ipywidgets.IntSlider(value=value, min=low, max=high, step=control.values[1] - low, **looks, **wide)
    digits = len(control.labels[0].partition(".")[2])
    step = round(control.values[1] - low, 9)
    return ipywidgets.FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=f".{digits}f", **looks, **wide
    )


def _img(png: bytes, alt: str) -> str:
    source = base64.b64encode(png).decode()
    return f'<img alt="{html.escape(alt)}" style="max-width:100%;height:auto" src="data:image/png;base64,{source}">'


def _explain(error: Exception) -> str:
    what = "not written yet" if isinstance(error, NotImplementedError) else type(error).__name__
    text = html.escape(f"{what}: {error}" if str(error) else what)
    return f'<div role="alert" style="border-left:3px solid #d55e00;padding:0 .6em">No new picture. {text}</div>'
