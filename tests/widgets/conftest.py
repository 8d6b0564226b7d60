"""A headless browser, and pages of figures that fail on anything they should not do."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

EXPLORE_JS = Path(__file__).parents[2] / "medfuse_course" / "publishing" / "static" / "explore.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><script src="plotly.js"></script>{script}</head>
<body style="max-width:720px;margin:auto">{figures}</body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


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
