"""How long a page takes: measured by ``make bench``, kept in ``data/timings.json``, shown on the page's first card."""

import json
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx

from medfuse_course.core.files import data_path


def setup(app: Sphinx) -> None:
    """Add the line once a page has been read."""
    app.connect("doctree-read", _add_line)


def measured_seconds(docname: str) -> float | None:
    """Seconds that the cells of ``chapters/<part>/<topic>`` took on one thread; None if nobody has measured."""
    page = "/".join(PurePosixPath(docname).parts[1:])
    pages: dict[str, float] = json.loads(data_path("timings.json").read_text(encoding="utf8"))["pages (s)"]
    return pages.get(page)


def _add_line(app: Sphinx, doctree: nodes.document) -> None:
    seconds = measured_seconds(app.env.docname)
    cards = doctree.findall(lambda n: isinstance(n, nodes.admonition) and "chapter-card" in n["classes"])
    for card in cards if seconds is not None else ():
        text = f": the cells of this page ran in {max(seconds or 0, 1):.0f} s on one CPU thread."
        line = nodes.paragraph("", "", nodes.strong("", "Measured"), nodes.Text(text))
        next(card.findall(nodes.bullet_list)).append(nodes.list_item("", line))
