"""Training as curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from medfuse_course.plots import style
from medfuse_course.plots.charts import chart_layout

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def training_curves(records: Sequence[Any], *, alt: str, smooth: int = 1) -> "Figure":
    """The training loss of each term, and the sum of the validation losses, against steps; logarithmic.

    Parameters
    ----------
    records
        As `medfuse_course.training` tells them to callbacks: ``number``, ``losses``, ``validation``, ``phase``.
    alt
        What a reader who cannot see the figure should know: a sentence.
    smooth
        Training losses are averaged over so many records.

    Returns
    -------
    The figure.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from medfuse_course.plots import training_curves
    >>> losses = (8.0, 4.0, 2.0)
    >>> records = [SimpleNamespace(number=k, losses={"l1": x}, validation={}) for k, x in enumerate(losses, 1)]
    >>> figure = training_curves(records, alt="The loss falls with every step", smooth=2)
    >>> list(figure.data[0].x), list(figure.data[0].y)  # means of two
    ([2.0, 3.0], [6.0, 3.0])
    """
    import numpy as np
    import plotly.graph_objects as go

    if not records:
        raise ValueError("records: expected at least one, got none; train first")
    figure = go.Figure()
    names = list(dict.fromkeys(name for record in records for name in record.losses))
    for number, name in enumerate(names):
        told = [(record.number, record.losses[name]) for record in records if name in record.losses]
        steps, values = np.array(told).T
        window = max(1, min(smooth, len(values)))
        means = np.convolve(values, np.ones(window) / window, mode="valid")
        line = {"color": style.SERIES[number % len(style.SERIES)], "width": 1.5}
        figure.add_scatter(x=steps[window - 1 :].tolist(), y=means.tolist(), name=name, mode="lines", line=line)
    checks = [(record.number, sum(record.validation.values())) for record in records if record.validation]
    if checks:
        steps, values = np.array(checks).T
        marker = {"color": style.INK, "size": 7, "symbol": "circle-open", "line": {"width": 2}}
        figure.add_scatter(x=steps.tolist(), y=values.tolist(), name="validation (sum)", mode="markers", marker=marker)
    figure.update_layout(chart_layout(alt, 320))
    figure.update_xaxes(title_text="step")
    figure.update_yaxes(title_text="loss", type="log")
    return figure
