"""The trial book as it comes out of Jupyter Book: local scripts, buttons, folded solutions, and what fails a build."""

import os
import re

import pytest

from medfuse_course.exercises import check
from medfuse_course.publishing.project import NOTICE, project
from tests.publishing.conftest import copy_book, run_build


def test_mathjax_and_plotly_come_from_the_site_and_only_where_needed(trial_book, trial_page):
    scripts = re.findall(r'<script[^>]*src="([^"]+)"', trial_page)
    assert any("_static/mathjax/tex-mml-chtml.js" in s for s in scripts)
    assert any("_static/plotly.min.js" in s for s in scripts)
    landing = (trial_book / "_build/html/chapters/index.html").read_text()
    assert "plotly.min.js" not in landing and "mathjax/tex" not in landing


def test_plotly_js_is_the_installed_one(trial_book):
    from plotly.offline import get_plotlyjs

    assert (trial_book / "_build/html/_static/plotly.min.js").read_text(encoding="utf8") == get_plotlyjs()


def test_no_script_is_there_twice_and_nothing_of_thebe(trial_page):
    inline = [s for s in re.findall(r"<script>(.*?)</script>", trial_page, re.S) if "const " in s or "let " in s]
    assert len(inline) == len(set(inline))
    assert "THEBE_JS_URL" not in trial_page


def test_buttons_lead_to_the_student_notebook(trial_book, trial_page):
    assert project().colab("notebooks/part/trial.ipynb") in trial_page
    assert 'href="../../notebooks/part/trial.ipynb"' in trial_page
    assert "_sources/" not in trial_page
    handed_out = (trial_book / "_build/html/notebooks/part/trial.ipynb").read_bytes()
    assert handed_out == (trial_book / "notebooks/part/trial.ipynb").read_bytes()


def test_a_page_without_notebook_offers_none(trial_book):
    landing = (trial_book / "_build/html/chapters/index.html").read_text()
    assert "colab" not in landing.lower() and ".ipynb" not in landing


@pytest.mark.parametrize("page", ["chapters/index.html", "chapters/part/trial.html"])
def test_every_page_says_what_it_is_not_for(trial_book, page):
    assert NOTICE in (trial_book / "_build/html" / page).read_text()


def test_starter_shows_and_the_solution_is_folded_with_all_that_it_gives_away(trial_page):
    text = re.sub(r"<[^>]+>", "", trial_page)
    assert 'raise NotImplementedError("your code here")' in text.replace("&quot;", '"')
    folded = re.findall(r'<details class="course-solution">(.*?)</details>', trial_page, re.S)
    outside = re.sub(r"<[^>]+>", "", re.sub(r"<details.*?</details>", "", trial_page, flags=re.S))
    names = ["transforms.pyramid.fuse_details", "methods.classical.average.contrast"]
    for name, block in zip(names, folded, strict=True):
        assert outside.count(check(name, None).text) == 1 and block.count(": passed.") == 1
    for words in ("np.where", "A tie goes to the first image.", "array([-3.,  2.])", "answer = 0.4", "passed"):
        assert words not in outside and words in re.sub(r"<[^>]+>", "", " ".join(folded))
    assert "fuse_details(np.array([1.0" in outside.replace("&quot;", '"')
    hints = re.findall(
        r'<details class="course-hint"><summary>Hint (.)</summary>\s*<p>.*?</p>\s*</details>', trial_page, re.S
    )
    assert hints == [*"123123"]
    assert "Compare <code" in trial_page
    assert "SOLUTION" not in trial_page


def test_time_follows_from_the_page(trial_book, trial_page):
    assert "5 minutes to read, 20 more for the exercises." in trial_page
    landing = (trial_book / "_build/html/chapters/index.html").read_text()
    row = re.search(r"<tr[^>]*><td><p><a[^>]*part/trial.html.*?</tr>", landing, re.S)
    assert row and re.findall(r"<p>([^<>]+)</p>", row[0]) == ["5", "20", "the whole chapter", "1"]


def test_the_figure_has_its_label(trial_page):
    assert 'aria-label="Four squares that get brighter"' in trial_page


def test_an_unchanged_book_is_built_again_quickly_and_to_the_same_bytes(trial_book, trial_page):
    before = os.times()
    done = run_build(trial_book)
    after = os.times()
    assert done.returncode == 0
    # Seconds of a core: another test runs beside this one.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 15
    assert (trial_book / "_build/html/chapters/part/trial.html").read_text(encoding="utf8") == trial_page


HEADER = (
    "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
    "kernelspec:\n  display_name: Python 3\n  name: python3\n---\n"
)


CELLS = """# T

![](../picture.png)

```{code-cell} ipython3
import ipywidgets

ipywidgets.IntSlider()
```

```{code-cell} ipython3
import plotly.graph_objects as go

go.Figure(go.Bar(y=[1]))
```

```{code-cell} ipython3
from PIL import Image

Image.new("L", (8, 8))
```
"""


@pytest.mark.slow
def test_faulty_pages_fail_the_build_and_the_next_one_too(tmp_path):
    root = copy_book(tmp_path / "book")
    (root / "chapters/picture.png").write_bytes(_png())
    (root / "chapters/part/trial.md").write_text(HEADER + CELLS)
    (root / "chapters/index.md").write_text("# T\n\n```{code-cell} ipython3\n1\n```\n\n[](#nowhere)\n")
    faults = (
        "no jupytext header",
        "picture '../../_images/picture.png' has no alt text",
        "has its file name as alt text",
        "raw ipywidgets",
        "plotly figure has no alt text",
        "nowhere",
    )
    for _ in range(2):
        done = run_build(root)
        printed = done.stdout + done.stderr
        assert done.returncode != 0
        assert [words for words in faults if words not in printed] == []


@pytest.mark.slow
def test_a_failing_cell_fails_the_build(tmp_path):
    root = copy_book(tmp_path / "book")
    (root / "chapters/part/trial.md").write_text(HEADER + "# T\n\n```{code-cell} ipython3\n1 / 0\n```\n")
    done = run_build(root)
    assert done.returncode != 0 and "ZeroDivisionError" in done.stdout + done.stderr


def _png() -> bytes:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "PNG")
    return stream.getvalue()
