"""What a page takes, beside counts made by hand."""

import pytest

from medfuse_course.publishing import reading_time
from medfuse_course.publishing.reading_time import in_fives, lessons, page_time, sections
from medfuse_course.publishing.stated_time import section_table

PAGE = """---
jupytext: {}
---

(a-label)=
# Five words of a title

```{admonition} Not counted
:class: chapter-card

- Two words
```

## One, two?

Of $a + b$ and {term}`grays <gray>`, see [the site](https://example.org/a).

$$
a + b \\text{ what stands in it is no word }
$$

```{code-cell} ipython3
# one line

two = 2
```

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  figure:
    caption: Three words here.
---
show_images(
    {}, alt="A ramp")
show_images({}, alt="Another")
```

```{exercise-start} The price of averaging
:label: ex-read
```

A prompt counts with its exercise.

```{hint}
So.
```

```{code-cell} ipython3
# BEGIN SOLUTION
answer = 0.4
# END SOLUTION
check("methods.classical.average.contrast", answer)
```

```{exercise-end}
```

Last.

## Three

```{code-cell} ipython3
explore(f, alt="Moves")
```

```{code-cell} ipython3
claim("it holds", True)
```

```{code-cell} ipython3
claim("it holds", True)
2 + 2
```
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf8")
    return path


def test_what_is_counted_is_what_stands_there(page):
    first, second, third = sections(page)
    assert (first.title, dict(first.counts)) == ("", {"word": 7})
    # One, two? Of x and grays, see the site. Three words here. Last.
    assert (second.title, dict(second.counts)) == (
        "One, two?",
        {"word": 13, "question": 1, "formula": 1, "line": 2, "picture": 2, "number": 1},
    )
    assert (third.title, dict(third.counts)) == ("Three", {"word": 1, "line": 4, "sliders": 1, "result": 1})


def test_minutes_by_hand(page):
    # 21 words at 175 a minute; question 15 s, formula 20 s, 6 lines of 5 s, 2 pictures of 30 s, 60 s, 15 s.
    assert page_time(page).reading == pytest.approx(21 / 175 + (15 + 20 + 30 + 60 + 60 + 15) / 60)
    assert page_time(page).exercises == 5


def test_a_page_is_cut_into_lessons_at_its_headings(page, monkeypatch):
    def cut(minutes):
        monkeypatch.setattr(reading_time, "LESSON", minutes)
        return [[section.title for section in lesson] for lesson in lessons(page)]

    assert cut(90) == [["", "One, two?", "Three"]]
    assert cut(8) == [["", "One, two?"], ["Three"]]
    assert cut(1) == [[""], ["One, two?"], ["Three"]]  # a section is never cut


def test_each_section_has_its_line_of_minutes(page):
    first, second, third = sections(page)
    assert section_table(page).splitlines()[2:] == [
        f"| (before the first heading) | {first.reading:.0f} | 0 |",
        f"| One, two? | {second.reading:.0f} | 5 |",
        f"| Three | {third.reading:.0f} | 0 |",
    ]


@pytest.mark.parametrize(("minutes", "said"), [(0, 0), (0.4, 5), (37.6, 40), (37.4, 35), (42, 40)])
def test_pages_speak_in_fives(minutes, said):
    assert in_fives(minutes) == said


def test_a_trainer_takes_its_time(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("# One\n\n```{gan-lab}\n```\n\nThe directive `{gan-lab}` is named here.\n")
    assert page_time(path).counts == {"trainer": 1, "word": 7}
