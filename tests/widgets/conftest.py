"""A headless browser, and pages of figures that fail on anything they should not do."""

import shutil
from pathlib import Path

import pytest

EXPLORE_JS = Path(__file__).parents[2] / "medfuse_course" / "publishing" / "static" / "explore.js"
PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><script src="plotly.js"></script>{script}</head>
<body style="max-width:720px;margin:auto">{figures}</body></html>"""


@pytest.fixture(scope="module")
def open_figures(browser, tmp_path_factory):
    """Write figures to a page as the book does and open it; at the end, no page may have complained."""
    from plotly.offline import get_plotlyjs

    complaints: list[str] = []

    def open_page(*figures, script=True, **context):
        folder = tmp_path_factory.mktemp("page")
        (folder / "plotly.js").write_text(get_plotlyjs(), encoding="utf-8")
        shutil.copy(EXPLORE_JS, folder)
        config = {"responsive": True, "displayModeBar": False}
        drawn = [f.to_html(full_html=False, include_plotlyjs=False, auto_play=False, config=config) for f in figures]
        tag = '<script defer src="explore.js"></script>' if script else ""
        (folder / "page.html").write_text(PAGE.format(script=tag, figures="".join(drawn)), encoding="utf-8")
        page = browser.new_context(**context).new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or complaints.append(r.url))
        page.goto((folder / "page.html").as_uri())
        drawn = page.locator(".plotly-graph-div[data-ready]" if script else ".slider-group")
        drawn.last.wait_for(state="attached")
        return page

    yield open_page
    assert complaints == []
