"""A built page, read once: its links, its anchors, its pictures and what it would fetch."""

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

_FETCHED = {("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src"), ("video", "src"), ("audio", "src")}
_FETCHED_RELATIONS = {"stylesheet", "preload", "prefetch", "modulepreload", "icon", "shortcut icon", "manifest"}


@dataclass
class Page(HTMLParser):
    """What the checks want to know of one HTML file.

    Attributes
    ----------
    anchors
        Every id (and name) on the page.
    links
        Targets of ``a`` elements.
    fetched
        What the browser loads by itself: scripts, styles, pictures.
    images
        Attributes of every picture inside the article.
    figures
        Label of every plotly figure.
    widgets
        Number of raw ipywidgets outputs.
    """

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    widgets: int = 0
    _articles: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element says."""
        found = {key: value or "" for key, value in attrs}
        self._articles += tag == "article"
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "img" and self._articles:
            self.images.append(found)
        if "course-figure" in found.get("class", "").split():
            self.figures.append(found.get("aria-label", ""))
        self.widgets += found.get("type", "").startswith("application/vnd.jupyter.widget")
        self._note_fetched(tag, found)

    def handle_endtag(self, tag: str) -> None:
        """Leave an article."""
        self._articles -= tag == "article"

    def _note_fetched(self, tag: str, found: dict[str, str]) -> None:
        self.fetched += [found[key] for key in ("src",) if (tag, key) in _FETCHED and found.get(key)]
        if tag == "link" and _FETCHED_RELATIONS & {found.get("rel", "").lower(), *found.get("rel", "").lower().split()}:
            self.fetched.append(found.get("href", ""))


@cache
def _read(path: Path, stamp: tuple[int, int]) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf8"))
    page.close()
    return page


def read_page(path: Path) -> Page:
    """Parse a page; a page that did not change is parsed once."""
    state = path.stat()
    return _read(path, (state.st_mtime_ns, state.st_size))


def pages_of(site: Path) -> list[Path]:
    """All HTML pages of a built site, in order, without those of the theme's own templates."""
    return sorted(p for p in site.rglob("*.html") if not p.relative_to(site).parts[0].startswith("_"))
