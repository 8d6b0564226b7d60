"""Plotly figures on a static page: the output of a cell that ends in ``fig`` becomes HTML that needs no network.

MyST-NB knows no plotly and would drop the figure. It finds this renderer through the entry point
``myst_nb.mime_renderers``.
"""

import hashlib
import html
import json
from typing import Any, ClassVar

from docutils import nodes

PLOTLY_MIME = "application/vnd.plotly.v1+json"


class PlotlyRenderer:
    """Renderer of plotly's own mime type for MyST-NB.

    The figure says what it shows in ``layout.meta["alt"]``; that text becomes the label which a screen reader reads.
    """

    mime_priority_overrides: ClassVar = [("*", PLOTLY_MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return the figure as a raw HTML node, or None for what is no plotly figure."""
        if inline or data.mime_type != PLOTLY_MIME:
            return None
        content = data.content if isinstance(data.content, dict) else json.loads(data.string)
        return [nodes.raw("", figure_html(content), format="html", classes=["output", "plotly"])]


def figure_html(figure: dict[str, Any]) -> str:
    """Return HTML that draws one figure once plotly.js is on the page.

    Parameters
    ----------
    figure
        What plotly puts into a cell's output: ``data``, ``layout`` and maybe ``frames``.

    Returns
    -------
    A ``<div>`` and the script that draws into it.
    """
    import plotly.io as pio

    # Plotly orders keys as it pleases, differently on every run; sorted, the same figure is the same page.
    text = json.dumps({key: figure[key] for key in ("data", "layout", "frames") if key in figure}, sort_keys=True)
    figure = json.loads(text)
    stem = hashlib.sha256(text.encode()).hexdigest()[:12]
    config = {"responsive": True, "displaylogo": False, "displayModeBar": False}
    drawn = pio.to_html(
        figure,
        config=config,
        full_html=False,
        include_plotlyjs=False,
        auto_play=False,
        div_id=f"plotly-{stem}",
        validate=False,
    )
    layout = figure.get("layout", {})
    meta = layout.get("meta")
    alt = str(meta.get("alt", "")) if isinstance(meta, dict) else ""
    # A screen reader does not look inside an "img"; where there are controls it must.
    role = "group" if layout.get("sliders") or layout.get("updatemenus") else "img"
    return f'<div class="course-figure" role="{role}" aria-label="{html.escape(alt)}">{drawn}</div>'
