"""What no page may ship with: pictures without words, dead widgets, requests to other machines, too much weight."""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from medfuse_course.exercises.page import has_cells
from medfuse_course.publishing.pages import pages_of, read_page

LARGEST_PAGE = 3_000_000
"""Bytes of HTML that one page may have."""

_JUPYTEXT = re.compile(r"\A---\n(?:.*\n)*?jupytext:\n(?:.*\n)*?---\n")
_TABLE_AS_TEXT = re.compile(r"<p>\s*\|[^<]*\|\s*:?(?:---|—)")
_FILE_NAME = re.compile(r"[\w./\\-]+\.(png|svg|webp|jpe?g|gif)", re.I)

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Make every finding a warning, which ``-W`` turns into a failed build."""
    app.connect("build-finished", _check_all)


def source_faults(text: str) -> list[str]:
    """Say what is wrong with the source of a page.

    Without its jupytext header a page with cells is typeset but not executed.
    """
    if has_cells(text) and not _JUPYTEXT.match(text):
        return [
            "the page has code cells and no jupytext header, so nothing would run; copy the header of another chapter"
        ]
    return []


def page_faults(path: Path) -> list[str]:
    """Say what is wrong with one built page."""
    page = read_page(path)
    faults = [
        f"picture {image.get('src', '')[:80]!r} {_alt_fault(image)}" for image in page.images if _alt_fault(image)
    ]
    faults += [
        'a plotly figure has no alt text; set figure.layout.meta = {"alt": ...}'
        for label in page.figures
        if len(label) < 8
    ]
    if page.widgets:
        faults.append(f"{page.widgets} raw ipywidgets outputs, dead on a static page; use widgets.explore")
    faults += [f"loads {url!r} from another machine; keep it local" for url in page.fetched if _is_remote(url)]
    if _TABLE_AS_TEXT.search(path.read_text(encoding="utf8")):
        faults.append("a table in Markdown is shown as text with bars; set nb_render_markdown_format to myst")
    if path.stat().st_size > LARGEST_PAGE:
        faults.append(
            f"{path.stat().st_size / 1e6:.1f} MB, allowed are {LARGEST_PAGE / 1e6:.0f}; use fewer or smaller frames"
        )
    return faults


def site_faults(site: Path) -> list[str]:
    """Say what is wrong with any page of a built site, each with the page's name."""
    return [f"{path.relative_to(site)}: {fault}" for path in pages_of(site) for fault in page_faults(path)]


def _alt_fault(image: dict[str, str]) -> str:
    """Decoration says so with ``alt=""`` and ``role="presentation"``; everything else needs words."""
    if image.get("role") == "presentation":
        return ""
    alt = image.get("alt", "").strip()
    if _FILE_NAME.fullmatch(alt):
        return "has its file name as alt text; say what it shows (cells: metadata mystnb.image.alt)"
    return "" if len(alt) >= 8 else "has no alt text of at least 8 letters (cells: metadata mystnb.image.alt)"


def _is_remote(url: str) -> bool:
    return url.startswith(("http:", "https:", "//"))


def _check_all(app: Sphinx, error: Exception | None) -> None:
    """Look at every page, not only at those of this run: a fault must not vanish by building again."""
    if error is not None or app.builder.format != "html":
        return
    for docname in sorted(app.env.found_docs):
        for fault in source_faults(Path(app.env.doc2path(docname)).read_text(encoding="utf8")):
            _log.warning(fault, location=docname, type="course", subtype="source")
    for fault in site_faults(Path(app.outdir)):
        _log.warning(fault, type="course", subtype="page")
