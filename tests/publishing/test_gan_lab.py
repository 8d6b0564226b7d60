"""The trainer on a page of the book: its files only there, its words in the notebook, every control with a part."""

import json
import re

import pytest

from medfuse_course.publishing.assets import STATIC
from medfuse_course.publishing.gan_lab import NUMBERS, OBJECTIVES, SCRIPTS, STYLE, page_html


def test_only_a_page_with_a_trainer_loads_its_files(trial_book, trial_page):
    page = (trial_book / "_build/html/chapters/later/next.html").read_text(encoding="utf8")
    places = [re.search(rf'<script [^>]*src="[^"]*_static/{name}[?"]', page) for name in SCRIPTS]
    assert all(places) and [place.start() for place in places] == sorted(place.start() for place in places)
    assert f"_static/{STYLE}" in page and page.count('class="gan-lab" id="gan-lab"') == 1
    others = [trial_page, (trial_book / "_build/html/chapters/index.html").read_text(encoding="utf8")]
    assert not any(name in other for other in others for name in (*SCRIPTS, STYLE))
    assert all((trial_book / "_build/html/_static" / name).is_file() for name in (*SCRIPTS, STYLE))


def test_the_student_notebook_leads_to_it(trial_book):
    notebook = json.loads((trial_book / "notebooks/later/next.ipynb").read_text(encoding="utf8"))
    text = "".join(line for cell in notebook["cells"] for line in cell["source"])
    assert "/chapters/later/next.html#gan-lab)" in text and "{gan-lab}" not in text


def test_the_script_finds_every_part_that_it_asks_for():
    html, script = page_html("gan-lab"), (STATIC / "gan_lab.js").read_text(encoding="utf8")
    there = set(re.findall(r'data-part="(\w+)"', html))
    asked = set(re.findall(r'(?:part|press)\("(\w+)"', script)) | set(NUMBERS)
    assert asked <= there and len(asked) > 15


def test_it_offers_the_games_of_the_library():
    pytest.importorskip("torch")
    from medfuse_course.training.playground import GAMES

    assert OBJECTIVES.keys() == GAMES.keys()


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_a_script_is_one_sitting(path):
    assert path.read_text(encoding="utf8").count("\n") <= 300
