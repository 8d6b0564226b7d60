"""Internal links of a built site: every target must be there, and every anchor on it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from medfuse_course.publishing.pages import Page, pages_of, read_page


def link_faults(site: Path) -> list[str]:
    """Say which links, pictures, scripts and styles of a built site lead nowhere.

    Addresses of other machines are not followed: that needs the network, and a weekly job does it.
    """
    site = site.resolve()
    return [fault for path in pages_of(site) for fault in _page_link_faults(path, site)]


def _page_link_faults(path: Path, site: Path) -> list[str]:
    page = read_page(path)
    here = path.relative_to(site)
    return [
        f"{here}: {url!r} {why}"
        for url in dict.fromkeys([*page.links, *page.fetched])
        if (why := _fault(url, path, page, site))
    ]


def _fault(url: str, path: Path, page: Page, site: Path) -> str:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return ""
    target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
    if not target.is_relative_to(site):
        return "leads out of the site"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "leads to no file"
    anchor = unquote(parts.fragment)
    if not anchor or target.suffix != ".html":
        return ""
    found = page if target == path else read_page(target)
    return "" if anchor in found.anchors or anchor == "top" else f"leads to no anchor {anchor!r}"
