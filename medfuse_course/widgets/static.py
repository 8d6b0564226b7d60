"""The same exploration without a kernel: a plotly figure with a frame for every combination of the controls.

One control is moved by plotly alone. Several are moved by ``explore.js`` (in `medfuse_course.publishing`), because
plotly's controls do not know each other's state; it reads ``layout.meta["explore"]``, written here.
"""

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medfuse_course.plots import style
from medfuse_course.widgets.controls import Control
from medfuse_course.widgets.return_values import as_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MAX_FRAMES = 60
MAX_SAMPLES = 11
"""Positions of a slider that has all frames to itself: tenths of its range."""

MIN_SAMPLES = 3
SLIDER_HEIGHT = 90
MENU_HEIGHT = 42
TITLE_HEIGHT = 34

ANIMATE = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}


def build_figure(
    fn: Callable[..., Any],
    controls: Sequence[Control],
    *,
    alt: str,
    title: str | None = None,
    static: Mapping[str, Sequence[Any]] | None = None,
    pick: tuple[str, str] | None = None,
) -> "Figure":
    """Call `fn` for every combination of the sampled controls and put the results into one figure."""
    sampled = sample_controls(controls, static or {})
    combinations = list(itertools.product(*(range(len(c.values)) for c in sampled)))
    figures = {
        key: as_figure(fn(**{c.name: c.values[k] for c, k in zip(sampled, key, strict=True)}), alt)
        for key in combinations
    }
    first = figures[tuple(c.initial for c in sampled)]
    _check_same_traces(figures)
    base = type(first)(first)
    base.frames = _frames(figures)
    described = {"controls": [_describe(c) for c in sampled], "native": len(sampled) == 1}
    if pick is not None:
        described["pick"] = [_places(name, controls, sampled) for name in pick]
    meta = {"alt": alt, "explore": described}
    base.update_layout(meta={**(first.layout.meta or {}), **meta})
    _grow(base)
    _add_menus(base, sampled)
    _add_sliders(base, sampled)
    _add_title(base, title or base.layout.title.text)
    return base


def sample_controls(controls: Sequence[Control], static: Mapping[str, Sequence[Any]]) -> tuple[Control, ...]:
    """Fewer positions where there are too many for `MAX_FRAMES` pictures.

    Menus keep every entry and a control named in `static` the positions named there; the sliders share what is left.
    """
    for name in static:
        if name not in {c.name for c in controls}:
            raise ValueError(f"static: {name!r} is no control; there is {', '.join(c.name for c in controls)}")
    chosen = {c.name: _named_positions(c, static[c.name]) for c in controls if c.name in static}
    free = [c for c in controls if c.kind == "slider" and c.name not in static]
    taken = math.prod(len(chosen.get(c.name, c.values)) for c in controls if c not in free)
    room = int(MAX_FRAMES / taken) if taken else 0
    for count, control in enumerate(sorted(free, key=lambda c: len(c.values))):
        share = int(room ** (1 / (len(free) - count)) + 1e-9)
        positions = _even_positions(len(control.values), max(min(share, MAX_SAMPLES), MIN_SAMPLES), control.initial)
        chosen[control.name] = positions
        room //= len(positions)
    sampled = tuple(c.at(chosen[c.name]) if c.name in chosen else c for c in controls)
    _check_count(sampled)
    return sampled


def check_pick(pick: Any, controls: Sequence[Control]) -> None:
    """Say what is wrong with what a click should set."""
    sliders = [c.name for c in controls if c.kind == "slider"]
    if pick is None or (isinstance(pick, tuple) and len(pick) == 2 and all(name in sliders for name in pick)):
        return
    raise ValueError(f"pick: expected the names of two sliders, across and down, got {pick!r}; there is {sliders}")


def _places(name: str, controls: Sequence[Control], sampled: Sequence[Control]) -> dict[str, Any]:
    """Which control a click sets, and where in a picture its positions lie, as shares of its side."""
    whole = next(c for c in controls if c.name == name)
    number = next(k for k, c in enumerate(sampled) if c.name == name)
    indices = [whole.values.index(value) for value in sampled[number].values]
    return {"control": number, "places": [(k + 0.5) / len(whole.values) for k in indices]}


def _named_positions(control: Control, values: Sequence[Any]) -> list[int]:
    positions = [control.position(value) for value in values]
    if None in positions or len(values) < 2:
        raise ValueError(
            f"static[{control.name!r}]: expected at least two positions of the control, got {list(values)!r}; "
            f"it has {', '.join(control.labels[:12])}{' ...' if len(control.labels) > 12 else ''}"
        )
    return sorted(position for position in positions if position is not None)


def _even_positions(count: int, most: int, initial: int) -> list[int]:
    """At most `most` of `count` positions, both ends among them.

    One stride throughout, if some stride keeps half of what is allowed; best one that meets the initial position.
    """
    if count <= most:
        return list(range(count))
    strides = [s for s in range(2, count) if (count - 1) % s == 0 and most <= 2 * ((count - 1) // s + 1) <= 2 * most]
    if strides:
        return list(range(0, count, min(strides, key=lambda s: (initial % s != 0, s))))
    return [round(k * (count - 1) / (most - 1)) for k in range(most)]


def _check_count(sampled: Sequence[Control]) -> None:
    frames = math.prod(len(c.values) for c in sampled)
    if frames > MAX_FRAMES:
        product = " x ".join(f"{c.name} ({len(c.values)})" for c in sampled)
        largest = max(sampled, key=lambda c: len(c.values))
        raise ValueError(
            f"controls: expected at most {MAX_FRAMES} combinations without a kernel, got {frames} = {product}; "
            f"name fewer with static={{{largest.name!r}: [...]}}, or explore fewer things at once"
        )


def _check_same_traces(figures: Mapping[tuple[int, ...], "Figure"]) -> None:
    counts = {len(figure.data) for figure in figures.values()}
    if len(counts) > 1:
        raise ValueError(f"fn: expected the same number of panels or curves at every setting, got {sorted(counts)}")


def _frames(figures: Mapping[tuple[int, ...], "Figure"]) -> list[dict[str, Any]]:
    """A frame holds only what changes over the figures: traces by number, and titles, ranges and marks."""
    plain = {key: figure.to_plotly_json() for key, figure in figures.items()}
    traces = [
        n for n in range(len(next(iter(plain.values()))["data"])) if _varies([one["data"][n] for one in plain.values()])
    ]
    layouts = {key: _movable(one["layout"]) for key, one in plain.items()}
    names = {name for one in layouts.values() for name in one}
    moving = sorted(name for name in names if _varies([one.get(name) for one in layouts.values()]))
    return [
        {
            "name": "-".join(map(str, key)),
            "data": [one["data"][n] for n in traces],
            "traces": traces,
            "layout": {name: layouts[key].get(name) for name in moving},
        }
        for key, one in plain.items()
    ]


def _movable(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a layout that may differ from frame to frame; panels stay where they are."""
    kept = {name: layout[name] for name in ("annotations", "shapes") if name in layout}
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            kept[name] = {key: axis[key] for key in ("range", "title") if key in axis}
    return kept


def _varies(values: list[Any]) -> bool:
    from plotly.utils import PlotlyJSONEncoder

    return len({json.dumps(value, cls=PlotlyJSONEncoder, sort_keys=True) for value in values}) > 1


def _describe(control: Control) -> dict[str, Any]:
    return {"kind": control.kind, "title": control.title, "labels": list(control.labels), "active": control.initial}


def _steps(control: Control, native: bool) -> list[dict[str, Any]]:
    move = [{"method": "animate", "args": [[str(k)], ANIMATE]} for k in range(len(control.values))]
    return [
        {"label": label, **(step if native else {"method": "skip", "args": []})}
        for label, step in zip(control.labels, move, strict=True)
    ]


def _add_title(figure: "Figure", title: str | None) -> None:
    text = title or figure.layout.title.text
    if text:
        place = {"x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
        figure.update_layout(title={"text": text, "font": {"size": 15}, "pad": {"t": 8, "l": 2}, **place})
        _grow(figure, top=TITLE_HEIGHT)


def _add_menus(figure: "Figure", controls: Sequence[Control]) -> None:
    """Menus in rows above the picture, each behind its name."""
    menus = [c for c in controls if c.kind == "menu"]
    entries, names = [], []
    for row, control in enumerate(menus):
        up = figure.layout.margin.t + (len(menus) - 1 - row) * MENU_HEIGHT + 6
        entries.append(
            {
                "type": "dropdown",
                "active": control.initial,
                "buttons": _steps(control, native=len(controls) == 1),
                "x": 0,
                "xanchor": "left",
                "y": 1,
                "yanchor": "bottom",
                "pad": {"b": up, "l": 8 * len(control.title) + 14},
                "bgcolor": "#f3f5f7",
                "bordercolor": style.INK,
                "font": {"color": "#1f2730"},
                "showactive": True,
            }
        )
        names.append(
            {"text": control.title, "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper"}
            | {"yanchor": "bottom", "yshift": up + 6, "showarrow": False}
        )
    figure.update_layout(updatemenus=entries, annotations=[*figure.layout.annotations, *names])
    _keep_menu_names(figure, names)
    _grow(figure, top=len(menus) * MENU_HEIGHT)


def _keep_menu_names(figure: "Figure", names: list[dict[str, Any]]) -> None:
    """A frame that changes annotations replaces all of them, so it must carry the names too."""
    for frame in figure.frames:
        if frame.layout.annotations:
            frame.layout.annotations = [*frame.layout.annotations, *names]


def _add_sliders(figure: "Figure", controls: Sequence[Control]) -> None:
    """Sliders in rows below the picture, each under its name and value."""
    sliders = [c for c in controls if c.kind == "slider"]
    bottom = figure.layout.margin.b
    figure.update_layout(
        sliders=[
            {
                "active": control.initial,
                "steps": _steps(control, native=len(controls) == 1),
                "currentvalue": {"prefix": f"{control.title} = ", "font": {"size": 14}, "offset": 12},
                "pad": {"t": bottom + 12 + row * SLIDER_HEIGHT, "l": 12, "r": 12},
                "x": 0,
                "y": 0,
                "len": 1,
                "yanchor": "top",
                "bgcolor": style.INK,
                "activebgcolor": style.ACCENT,
                "bordercolor": style.INK,
                "tickcolor": style.INK,
                "ticklen": 5,
                "minorticklen": 3,
                "font": {"size": 11},
            }
            for row, control in enumerate(sliders)
        ]
    )
    _grow(figure, bottom=len(sliders) * SLIDER_HEIGHT)


def _grow(figure: "Figure", top: int = 0, bottom: int = 0) -> None:
    """Make room around the picture; a figure that names no size gets one that leaves its axes their room."""
    margin, height = figure.layout.margin, figure.layout.height or 400
    old_top, old_bottom = (default if old is None else old for old, default in ((margin.t, 30), (margin.b, 50)))
    figure.update_layout(height=height + top + bottom, margin={"t": old_top + top, "b": old_bottom + bottom})
