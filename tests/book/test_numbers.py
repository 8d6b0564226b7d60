"""The built pages carry the numbers of the student notebooks."""

import json

import pytest

from medfuse_course.exercises.page import read_page
from tests.book.conftest import CHAPTERS, NOTEBOOKS, PAGES, ROOT
from tests.publishing.numbers import in_the_notebook, on_the_page

pytestmark = pytest.mark.browser  # like the browser tests it looks at what make book built

SITE = ROOT / "_build" / "html"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_and_its_notebook_carry_the_same_numbers(page):
    name = page.relative_to(CHAPTERS).with_suffix("")
    built = SITE / "chapters" / name.with_suffix(".html")
    if not built.is_file():
        pytest.skip(f"the book is not built in {SITE}; run make book")
    notebook = json.loads((NOTEBOOKS / name.with_suffix(".ipynb")).read_text(encoding="utf8"))
    title, names, links = on_the_page(built.read_text(encoding="utf8"))
    assert (title, names) == in_the_notebook(notebook["cells"])[:2]
    source = page.read_text(encoding="utf8")
    assert names or not (read_page(source, page.name).exercises or "name: fig-" in source)
    assert set(in_the_notebook(notebook["cells"])[2]) >= set(links)
