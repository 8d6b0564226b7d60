"""A plotly output becomes HTML that draws offline and says what it shows."""

from types import SimpleNamespace

import plotly.graph_objects as go
import pytest

from medfuse_course.publishing.plotly_renderer import PLOTLY_MIME, PlotlyRenderer, figure_html


def _content(**layout):
    return go.Figure(go.Heatmap(z=[[0, 1]]), layout=layout).to_plotly_json()


def test_the_alt_text_becomes_the_label():
    made = figure_html(_content(meta={"alt": 'Two "squares" & more'}))
    assert 'role="img" aria-label="Two &quot;squares&quot; &amp; more"' in made


def test_a_figure_with_controls_stays_open_to_screen_readers():
    made = figure_html(_content(meta={"alt": "Two squares"}, sliders=[{"steps": [{"label": "1"}]}]))
    assert 'role="group"' in made


def test_nothing_is_fetched_and_the_same_figure_gives_the_same_bytes():
    content = _content(meta={"alt": "Two squares"}, height=100)
    turned = {
        key: dict(reversed(content[key].items())) if key == "layout" else content[key] for key in reversed(content)
    }
    assert figure_html(content) == figure_html(turned)
    assert "src=" not in figure_html(content) and "cdn." not in figure_html(content)


def test_frames_survive():
    figure = go.Figure(go.Heatmap(z=[[0, 1]]), frames=[go.Frame(name="only-frame", data=[go.Heatmap(z=[[1, 1]])])])
    assert "only-frame" in figure_html(figure.to_plotly_json())


@pytest.mark.parametrize(("mime", "inline"), [("text/html", False), (PLOTLY_MIME, True)])
def test_everything_else_is_left_to_others(mime, inline):
    data = SimpleNamespace(mime_type=mime, content=_content())
    assert PlotlyRenderer.handle_mime(None, data, inline) is None
