"""The built book in headless Chromium, served on loopback; anything it should not do is a complaint."""

import functools
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medfuse_course.methods import list_methods
from medfuse_course.publishing.method_links import page_of
from medfuse_course.publishing.notebooks import executed_pages
from medfuse_course.publishing.pages import pages_of, read_page

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.playground_page import Hand

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("MEDFUSE_SITE", ROOT / "_build" / "html"))
LOOKS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
PATIENCE = 120_000
"""Milliseconds: the first pages of a browser take long on a busy machine."""
SETTLED = 500
"""Milliseconds that a loaded page has to ask for more. Playwright's "networkidle" does not always come on a busy
machine, though nothing is on its way."""


def page_names() -> list[str]:
    """Pages of the built site, to parametrize with; one made-up name where there is no site, so that a skip is seen."""
    names = [path.relative_to(SITE).as_posix() for path in pages_of(SITE)] if SITE.is_dir() else []
    return [name for name in names if name != "genindex.html"] or ["chapters/index.html"]


def each_method(task: str | None = None):
    """Every method as a parameter: the first fuser of each family and the first method of each other task; the others
    weekly, since their pages are made by the same few lines."""
    often = {m.family if m.task.slug == "fusion" else m.task.slug: m.slug for m in reversed(list_methods())}.values()
    listed = [(m, [] if m.slug in often else [pytest.mark.weekly]) for m in list_methods(task)]
    return pytest.mark.parametrize("method", [pytest.param(m, marks=marks, id=m.slug) for m, marks in listed])


def each_page():
    """Every page as a parameter; of the methods' pages in the gallery those of `each_method`."""
    marks = {f"{page_of(one.values[0].slug)}.html": one.marks for one in each_method().mark.args[1]}
    return pytest.mark.parametrize("name", [pytest.param(n, marks=marks.get(n, ()), id=n) for n in page_names()])


def figure_pages() -> list[str]:
    """Pages with plotly figures; slides draw theirs later, and have tests of their own."""
    pages = [name for name in page_names() if not name.startswith("slides/")]
    names = [name for name in pages if (SITE / name).is_file() and read_page(SITE / name).figures]
    return names or ["chapters/index.html"]


def chapter_names() -> list[str]:
    """Pages that chapters with cells become."""
    sources = executed_pages(ROOT / "chapters")
    return [f"chapters/{path.relative_to(ROOT / 'chapters').with_suffix('.html').as_posix()}" for path in sources]


SECOND = {
    "test_sliders_by_mouse": 0,
    "test_controls_by_keyboard": 1,
    "test_a_page_is_whole_on_a_phone_and_as_a_file_without_a_server": 0,
}
"""Long ones, asked of each second page with every change, from the first or from the second on; of all once a week."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser. Tests of one page run one after the other, so that they can share it."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker(pytest.mark.browser)
    for test, first in SECOND.items():
        of_pages = [item for item in here if getattr(item, "originalname", "") == test]
        for item in of_pages[1 - first :: 2] if len(of_pages) > 1 else ():
            item.add_marker(pytest.mark.weekly)
    places = [number for number, item in enumerate(items) if item in set(here)]
    for number, item in zip(places, sorted(here, key=_page_of), strict=True):
        items[number] = item


def _page_of(item: pytest.Item) -> str:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return next((str(parameters[key]) for key in ("name", "chapter", "figures") if key in parameters), "")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.skip(f"the book is not built in {SITE}; run make book")
    return SITE


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a folder, served on loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    with serving(site) as found:
        yield found


@contextmanager
def visiting(browser, address) -> Iterator[Callable[..., "Page"]]:
    """Open pages in one of the looks; at the end no foreign request and no error may have happened."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, look: str = "desktop"):
        context = browser.new_context(**LOOKS[look])
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{name}: {error}"))
        page.on("console", lambda message: message.type == "error" and complaints.append(f"{name}: {message.text}"))
        page.on("request", lambda request: _note_foreign(request.url, address, complaints))
        page.on("response", lambda response: response.ok or complaints.append(f"{response.status} {response.url}"))
        page.goto(address + name)
        page.wait_for_timeout(SETTLED)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def visit(browser, address) -> Iterator[Callable[..., "Page"]]:
    """Open any page."""
    with visiting(browser, address) as open_page:
        yield open_page


@pytest.fixture
def visit_file(browser, site) -> Iterator[Callable[..., "Page"]]:
    """Open any page without a server."""
    with visiting(browser, f"{site.as_uri()}/") as open_page:
        yield open_page


@pytest.fixture(scope="session")
def on_desktop(browser, address) -> Iterator[Callable[[str], "Page"]]:
    """A page on a desktop, as the tests before left it: opened anew only where they looked at another one.

    What a page complains of is an error when it is left.
    """
    opened = ExitStack()
    kept: dict[str, Page] = {}

    def give(name: str):
        if name not in kept:
            kept.clear()
            opened.close()
            kept[name] = opened.enter_context(visiting(browser, address))(name)
        return kept[name]

    with opened:
        yield give


PLAYGROUND = "chapters/atlas/playground.html"


@pytest.fixture(scope="session")
def playground_at(tmp_path_factory) -> Iterator[tuple[Path, str, str]]:
    """Folder, address and name of the playground: the page of the built book, or one alone where there is none."""
    from tests.browser.playground_page import make_site

    built = (SITE / PLAYGROUND).is_file()
    folder = SITE if built else make_site(tmp_path_factory.mktemp("playground"))
    with serving(folder) as address:
        yield folder, address, PLAYGROUND if built else "index.html"


@pytest.fixture(scope="module")
def hand(browser, playground_at) -> Iterator["Hand"]:
    """The playground on a desktop: one page for all tests of a file that do not look at how it is laid out."""
    from tests.browser.playground_page import Hand

    _, address, name = playground_at
    with visiting(browser, address) as open_page:
        yield Hand(open_page(name))


@pytest.fixture(params=chapter_names())
def chapter(request, on_desktop) -> tuple[str, "Page"]:
    """A chapter, with its name."""
    return request.param, on_desktop(request.param)


@pytest.fixture(params=figure_pages())
def figures(request, on_desktop) -> tuple["Page", list["Locator"]]:
    """A page with plotly figures and these figures, drawn."""
    page = on_desktop(request.param)
    page.wait_for_function("[...document.querySelectorAll('.plotly-graph-div')].every(f => f._fullLayout)")
    page.wait_for_timeout(300)
    return page, page.locator(".plotly-graph-div").all()


def _note_foreign(url: str, address: str, complaints: list[str]) -> None:
    if not url.startswith((address, "data:", "blob:")):
        complaints.append(f"request to {url[:100]}")
