"""What a page loads: MathJax, plotly.js, style and scripts, all from the site itself and only where they are needed."""

import re
import shutil
from pathlib import Path
from typing import Any

import plotly
from sphinx.application import Sphinx
from sphinx.config import Config

from medfuse_course.publishing.pages import pages_of

STATIC = Path(__file__).parent / "static"
_VENDOR = Path(__file__).resolve().parents[2] / "vendor"
_FONT_HINT = re.compile(r'<link rel="preload" as="font"[^>]*>\s*')
_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def setup(app: Sphinx) -> None:
    """Connect the events that bring the files onto the pages."""
    app.connect("config-inited", _add_folders, priority=900)
    app.add_css_file("course.css", priority=900)
    app.connect("html-page-context", _load_plotly, priority=100)
    app.connect("html-page-context", _drop_useless_scripts, priority=990)
    app.connect("build-finished", _copy_files)
    app.connect("build-finished", _drop_font_hints)


def _add_folders(app: Sphinx, config: Config) -> None:
    config.html_static_path = [*config.html_static_path, str(STATIC), str(_VENDOR)]
    config.mathjax_path = "mathjax/tex-mml-chtml.js"
    # Say it from the start: without it the theme asks for the mode once too late and logs an error.
    config.html_context = {"default_mode": "auto", **config.html_context}
    if not config.html_favicon:
        config.html_favicon = str(STATIC / "favicon.ico")
    mark = str(STATIC / "mark.svg")
    config.html_theme_options["logo"] = {
        "image_light": mark,
        "image_dark": mark,
        "text": config.html_title,
        "alt_text": "",
    }


def _load_plotly(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "plotly-graph-div" not in context.get("body", ""):
        return
    app.add_js_file("plotly.min.js", priority=100)
    if (STATIC / "explore.js").is_file():
        app.add_js_file("explore.js", priority=600, defer="defer")


def _drop_useless_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Drop live code (thebe: it needs the network), MathJax on pages without formulas, and repetitions.

    Sphinx registers inline scripts twice, and a ``const`` that is declared twice is an error on every page.
    """
    formulas = re.search(r'class="[^"]*\bmath\b', context.get("body", ""))
    useless = "thebe" if formulas else "thebe|mathjax"
    kept: dict[str, Any] = {}
    for script in context.get("script_files", []):
        text = f"{script.filename} {script.attributes.get('body', '')}"
        if not re.search(useless, text, re.I):
            kept.setdefault(text, script)
    context["script_files"] = list(kept.values())


def _copy_files(app: Sphinx, error: Exception | None) -> None:
    """Take plotly.js from the installed wheel, so that it fits the figures which that wheel made.

    The favicon also goes where browsers look on a page without a head of its own: the redirect at the root.
    """
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for source, target in (
        (_PLOTLY, site / "_static" / "plotly.min.js"),
        (STATIC / "favicon.ico", site / "favicon.ico"),
    ):
        if not target.is_file() or target.stat().st_size != source.stat().st_size:
            shutil.copyfile(source, target)


def _drop_font_hints(app: Sphinx, error: Exception | None) -> None:
    """Drop the theme's hints to load fonts early.

    On a page opened as a file, without a server, browsers refuse such hints and log an error; the fonts load anyway.
    """
    if error is not None or app.builder.format != "html":
        return
    for page in pages_of(Path(app.outdir)):
        text = page.read_text(encoding="utf8")
        if (lean := _FONT_HINT.sub("", text)) != text:
            page.write_text(lean, encoding="utf8")
