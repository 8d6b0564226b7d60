"""Each question under a figure has one model answer, under the title of its chapter, in the order of the book."""

import re

from medfuse_course.publishing.model_answers import asking_captions
from medfuse_course.publishing.syllabus import title_of
from tests.house import ROOT

PAGE = ROOT / "chapters/atlas/model_answers.md"
TWO = """---
jupytext: {}
---

# A page

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-a
    caption: Where is it? Look twice.
---
x
```

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-b
    caption: Here it is.
---
y
```
"""


def test_a_caption_asks_if_it_has_a_question_mark(tmp_path):
    (tmp_path / "_toc.yml").write_text("parts:\n  - numbered: 1\n    chapters:\n      - file: page\n")
    (tmp_path / "page.md").write_text(TWO)
    assert asking_captions(tmp_path) == {"fig-a": ("page", "Where is it? Look twice.")}


def test_every_question_under_a_figure_has_its_answer():
    asked = asking_captions(ROOT)
    text = PAGE.read_text(encoding="utf8")
    answered = re.findall(r"^```\{model-answer\} (\S+)$", text, re.M)
    assert answered == list(asked), "answer in the order of the book, each question once"
    assert len(asked) > 50, "no caption was read"
    bodies = re.findall(r"^```\{model-answer\} \S+\n(.*?)^```$", text, re.M | re.S)
    assert [len(body.split()) for body in bodies if len(body.split()) < 10] == []


def test_answers_stand_under_the_title_of_their_chapter():
    asked = asking_captions(ROOT)
    for section in PAGE.read_text(encoding="utf8").split("\n## ")[1:]:
        pages = {asked[name][0] for name in re.findall(r"\{model-answer\} (\S+)", section)}
        assert [title_of(ROOT / f"{page}.md").partition(":")[0] for page in pages] == [
            section.splitlines()[0].partition(":")[0]
        ]
