"""Slides for who teaches: one deck for each path of the instructors' page, from the figures of built pages.

Right goes from chapter to chapter, down through the figures of one: the picture with its sliders, its caption and, if
that asks, one step later the model answer. reveal.js moves them (``vendor/reveal``). The code that draws a figure is a
file of its own, which ``static/slides.js`` loads when its slide is shown: a deck opens at once, and from the disk.
"""

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from medfuse_course.core.files import atomic_path
from medfuse_course.publishing.model_answers import written_answers
from medfuse_course.publishing.paths import DECKS, PAGE, Step, TeachingPath, read_paths
from medfuse_course.publishing.project import NOTICE
from medfuse_course.publishing.syllabus import title_of

_PARTS = re.compile(
    r"<h2>(?P<heading>.*?)</h2>"
    r'|<figure class="[^"]*" id="(?P<name>[^"]+)">(?P<body>.*?)<figcaption>(?P<caption>.*?)</figcaption>',
    re.S,
)
_SCRIPT = re.compile(r"<script[^>]*>(?P<code>.*?)</script>", re.S)
_PLOT = re.compile(r'id="(?P<stem>plotly-\w+)"')
_ANCHOR = re.compile(r'<a class="headerlink".*?</a>', re.S)
_TAG = re.compile(r"<[^>]+>")
_AIM = re.compile(r"<li><p><strong>You will be able to</strong>(?P<aim>.*?)</p></li>", re.S)
_IDS = re.compile(r' id="(?!plotly-)[^"]*"')
_PICTURES = re.compile(r'(?P<before> src=")(?:\.\./)+')


@dataclass(frozen=True)
class Slide:
    """A figure of a page.

    Attributes
    ----------
    name
        Its anchor on the page.
    heading
        The section where it stands.
    body
        HTML of the picture, without the code that draws it.
    caption
        HTML of the caption.
    drawing
        File name and text of that code; None for a picture that needs none.
    """

    name: str
    heading: str
    body: str
    caption: str
    drawing: tuple[str, str] | None


def setup(app: Sphinx) -> None:
    """Make the decks when all pages are there."""
    app.connect("build-finished", _write_decks, priority=400)


def figures_of(page: str) -> Iterator[Slide]:
    """The figures with captions in the HTML of a built page, in their order."""
    heading = ""
    for found in _PARTS.finditer(page):
        if found["heading"] is not None:
            heading = _plain(_ANCHOR.sub("", found["heading"]))
            continue
        script, plot = _SCRIPT.search(found["body"]), _PLOT.search(found["body"])
        drawing = (f"{plot['stem']}.js", script["code"].strip()) if script and plot else None
        body = _PICTURES.sub(r"\g<before>../", _IDS.sub("", _SCRIPT.sub("", found["body"])))
        caption = _TAG.sub("", _ANCHOR.sub("", found["caption"])).strip()
        yield Slide(found["name"], heading, body, caption, drawing)


def deck(path: TeachingPath, site: Path, root: Path) -> tuple[str, dict[str, str]]:
    """HTML of the slides of a path, and the drawings that they load: file name to JavaScript."""
    answers, drawings, stacks = written_answers(root), dict[str, str](), []
    for step in path.steps:
        page = (site / f"{step.docname}.html").read_text(encoding="utf8")
        chosen = {section.title for section in step.sections}
        shown = [slide for slide in figures_of(page) if _plain(slide.heading) in {_words(title) for title in chosen}]
        drawings |= dict(slide.drawing for slide in shown if slide.drawing)
        slides = [_opening(step, page, root), *(_figure(slide, step, answers) for slide in shown)]
        stacks.append(f"<section>{''.join(slides)}</section>")
    return _page(path, "".join(stacks)), drawings


def _words(title: str) -> str:
    """A heading as the built page has it: without the marks of Markdown."""
    return re.sub(r"[*`$]|\{[\w:]+\}", "", title)


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()


def _opening(step: Step, page: str, root: Path) -> str:
    aim = _AIM.search(page)
    said = f"<p>You will be able to {_plain(aim['aim'])}</p>" if aim else ""
    link = f'<p><a href="../{step.docname}.html" target="_blank">The page</a></p>'
    return f"<section><h2>{html.escape(title_of(root / f'{step.docname}.md'))}</h2>{said}{link}</section>"


def _figure(slide: Slide, step: Step, answers: dict[str, str]) -> str:
    answer = answers.get(slide.name)
    folded = f'<p class="fragment answer">{html.escape(answer)}</p>' if answer else ""
    draws = f' data-draw="figures/{slide.drawing[0]}"' if slide.drawing else ""
    return (
        f'<section{draws}><h3>{html.escape(slide.heading)}</h3><div class="board">'
        f'<div class="picture" data-prevent-swipe>{slide.body}</div>'
        f'<div><p class="caption">{slide.caption} '
        f'<a href="../{step.docname}.html#{slide.name}" target="_blank">On the page</a></p>{folded}'
        "</div></div></section>"
    )


def _page(path: TeachingPath, stacks: str) -> str:
    static = "../_static"
    title = html.escape(path.title)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides: {title}</title>
<link rel="stylesheet" href="{static}/reveal/reveal.css"><link rel="stylesheet" href="{static}/course.css">
<link rel="stylesheet" href="{static}/slides.css">
<script src="{static}/reveal/reveal.js"></script><script src="{static}/plotly.min.js"></script>
</head>
<body>
<div class="reveal"><div class="slides">
<section><h1>{title}</h1>
<p>Right: the next chapter. Down: its figures. Space: one after the other. Esc: all slides. Sliders work, too.</p>
<p><a href="../{PAGE}.html">How to use this course</a></p>
<p class="notice">{NOTICE} Text and figures: CC BY 4.0.</p></section>
{stacks}
</div></div>
<script src="{static}/slides.js"></script><script src="{static}/explore.js"></script>
</body>
</html>
"""


def _write_decks(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    root, site = Path(app.srcdir), Path(app.outdir)
    folder = site / DECKS
    shutil.rmtree(folder, ignore_errors=True)
    for path in read_paths(root):
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        page, drawings = deck(path, site, root)
        for name, text in {f"{path.name}.html": page, **{f"figures/{k}": v for k, v in drawings.items()}}.items():
            with atomic_path(folder / name) as part:
                part.write_text(text, encoding="utf8")
