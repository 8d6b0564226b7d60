"""Decks hold the figures that their path teaches, as the pages have them, and paths fit the time that they name."""

from dataclasses import replace

import pytest

from medfuse_course.exercises.page import CELL, read_page
from medfuse_course.publishing.numbering import caption_of, figure_of
from medfuse_course.publishing.paths import Step, TeachingPath, path_faults, path_table, read_paths
from medfuse_course.publishing.reading_time import in_fives, lessons, page_time, sections
from medfuse_course.publishing.slides import deck, figures_of
from tests.house import ROOT

DREW = """<h2>One <em>idea</em><a class="headerlink" href="#one">#</a></h2>
<figure class="align-default" id="fig-profile">
<div class="course-figure" aria-label="A line."><div id="plotly-0a" class="plotly-graph-div"></div>
<script>Plotly.newPlot("plotly-0a", [])</script></div><figcaption>
<p><span class="caption-number">Fig. 1.1 </span><span>How high?</span><a class="headerlink" href="#x">#</a></p>
</figcaption></figure><h2>Two</h2>
<figure class="align-default" id="fig-drawn"><img src="../../_images/a.png" id="b" alt="It.">
<figcaption><p>A picture.</p></figcaption></figure>"""


@pytest.fixture(scope="module")
def paths():
    """The paths of the real book, by name."""
    return {path.name: path for path in read_paths(ROOT)}


def test_figures_come_apart_into_picture_caption_and_drawing():
    plot, picture = figures_of(DREW)
    assert (plot.name, plot.heading, plot.caption) == ("fig-profile", "One idea", "Fig. 1.1 How high?")
    assert plot.drawing == ("plotly-0a.js", 'Plotly.newPlot("plotly-0a", [])')
    assert 'id="plotly-0a"' in plot.body and "<script" not in plot.body and 'aria-label="A line."' in plot.body
    assert (picture.heading, picture.drawing, picture.caption) == ("Two", None, "A picture.")
    assert picture.body.strip() == '<img src="../_images/a.png" alt="It.">'


def built(tmp_path, *docnames):
    """Pages as the book builds them, as far as slides read them: headings and captioned figures of the real sources."""
    for docname in docnames:
        blocks = read_page((ROOT / f"{docname}.md").read_text(encoding="utf8"), docname).blocks
        html = []
        for block in blocks:
            html += [f"<h2>{line[3:]}</h2>" for line in block.text.splitlines() if line.startswith("## ")]
            if block.kind == CELL and caption_of(block):
                html.append(f'<figure class="a" id="{figure_of(block)["name"]}"><img><figcaption><p>C</p></figcaption>')
        path = tmp_path / f"{docname}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(html), encoding="utf8")
    return tmp_path


def names_in(docname, titles):
    """Named figures with captions under some headings, counted in the source."""
    found, heading = [], ""
    for block in read_page((ROOT / f"{docname}.md").read_text(encoding="utf8"), docname).blocks:
        for line in block.text.splitlines() if block.kind != CELL else ():
            heading = line[3:] if line.startswith("## ") else heading
        if block.kind == CELL and caption_of(block) and heading in titles:
            found.append(figure_of(block)["name"])
    return found


def test_a_deck_has_all_figures_of_its_path_and_answers_where_they_ask(tmp_path, paths):
    path = paths["day"]
    page, _ = deck(path, built(tmp_path, *(step.docname for step in path.steps)), ROOT)
    wanted = [name for s in path.steps for name in names_in(s.docname, {section.title for section in s.sections})]
    assert [part.partition('"')[0] for part in page.split(".html#")[1:]] == wanted and len(wanted) > 20
    whole = [
        name for s in path.steps for name in names_in(s.docname, {x.title for x in sections(ROOT / f"{s.docname}.md")})
    ]
    assert len(whole) > len(wanted), "a lesson leaves the figures of the next one out"
    assert "takes away from the peak of the PET" in page.partition("fig-profile")[2].partition("</section>")[0]


def test_a_deck_loads_its_drawings_and_nothing_from_elsewhere(tmp_path):
    docname = "chapters/foundations/first_fusion"
    target = built(tmp_path, docname) / f"{docname}.html"
    first = sections(ROOT / f"{docname}.md")[1]
    target.write_text(DREW.replace("One <em>idea</em>", first.title), encoding="utf8")
    path = TeachingPath("x", "A & B", 90, (Step(docname, "lesson 1", (first,)),))
    page, drawings = deck(path, tmp_path, ROOT)
    assert drawings == {"plotly-0a.js": 'Plotly.newPlot("plotly-0a", [])'}
    assert page.count('data-draw="figures/plotly-0a.js"') == 1 and "fig-drawn" not in page
    assert "<h1>A &amp; B</h1>" in page and "http" not in page


def test_the_three_paths_fit_and_come_in_order(paths):
    assert {name: path.minutes for name, path in paths.items()} == {"lesson": 90, "day": 360, "semester": 14 * 2 * 90}
    assert [path_faults(path, ROOT) for path in paths.values()] == [[], [], []]
    assert len(paths["semester"].steps) == 28, "one chapter a lesson"


def test_a_path_that_does_not_fit_says_so(paths):
    path = paths["day"]
    assert "do not fit in 300" in path_faults(replace(path, minutes=300), ROOT)[0]
    assert path_faults(replace(path, steps=path.steps[1:]), ROOT) == [
        "day: chapters/foundations/judging needs chapters/foundations/first_fusion",
        "day: chapters/classical/pyramids needs chapters/foundations/first_fusion",
    ]


def test_minutes_of_steps_are_those_of_their_pages(paths):
    page = ROOT / "chapters/foundations/first_fusion.md"
    by_name = {name: path.steps[0] for name, path in paths.items()}
    whole, first = page_time(page), lessons(page)[0]
    assert by_name["day"].in_class == pytest.approx(whole.reading + whole.exercises) and by_name["day"].at_home == 0
    assert by_name["lesson"].in_class == pytest.approx(sum(s.reading + s.exercises for s in first))
    assert by_name["semester"].in_class == whole.exercises
    assert by_name["semester"].at_home == pytest.approx(whole.reading)


def test_a_table_says_the_sums(paths):
    path = paths["semester"]
    text = path_table(path)
    home = in_fives(sum(step.at_home for step in path.steps))
    assert text.startswith(
        f"{in_fives(sum(s.in_class for s in path.steps))} of 2520 minutes in class, and {home} of reading"
    )
    assert text.count("\n| ") == 29


@pytest.mark.parametrize(
    ("step", "words"), [("first-fusion, lesson 3", "got 'lesson 3'"), ("nowhere", "got 'nowhere'")]
)
def test_a_step_that_leads_nowhere_is_refused(tmp_path, step, words):
    (tmp_path / "_toc.yml").write_text("parts:\n  - numbered: 1\n    chapters:\n      - file: page\n")
    (tmp_path / "page.md").write_text("(first-fusion)=\n# One\n\nText.\n")
    (tmp_path / "chapters/atlas").mkdir(parents=True)
    text = f"```{{path}} x\n:title: X\n:minutes: 9\n\n{step}\n```\n"
    (tmp_path / "chapters/atlas/instructors.md").write_text(text)
    with pytest.raises(ValueError, match=words):
        list(read_paths(tmp_path))
