"""How a chapter's exercises are read, and what an author is told of one that lacks a part."""

import pytest

from medfuse_course.exercises.chapters import read_writings, writing
from medfuse_course.exercises.page import read_page

PAGE = """---
gpu: true
---

Words before.

```{exercise-start} What is left?
:label: ex-left
```

Read the figure.

- **a.** Nothing: it
  is gone.
- **b.** All of it.

```{hint}
:class: dropdown

Look
again.
```

````{hint}
It is *not* ```all```.
````

```{code-cell} ipython3
---
tags: [hide-input]
---
# BEGIN SOLUTION
left = "a"
# END SOLUTION
```

```{code-cell} ipython3
check("a.b", left)
```

Nothing of it can be seen.

```{exercise-end}
```

```python
Words after: {exercise-start}
```
"""


def test_what_a_chapter_says_of_an_exercise():
    (one,) = read_page(PAGE, "page").exercises
    assert (one.name, one.title, one.label, one.prompt) == ("a.b", "What is left?", "ex-left", "Read the figure.")
    assert one.choices == {"a": "Nothing: it is gone.", "b": "All of it."}
    assert one.hints == ("Look again.", "It is *not* ```all```.")
    assert one.solution == '# BEGIN SOLUTION\nleft = "a"\n# END SOLUTION'


def test_blocks_are_the_whole_page_with_their_lines():
    page = read_page(PAGE, "page")
    assert page.front == "gpu: true"
    kinds = "prose exercise-start prose hint hint code-cell code-cell explanation exercise-end prose"
    assert [block.kind for block in page.blocks] == kinds.split()
    lines = PAGE.splitlines()
    words = ("prose", "explanation")
    assert all(block.kind in lines[block.line - 1] for block in page.blocks if block.kind not in words)
    assert page.blocks[5].options == "tags: [hide-input]\n"
    assert page.blocks[1].options == "label: ex-left\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("```{exercise-end}\n```\n", "", "page:7: the exercise has no {exercise-end}"),
        ("```{exercise-end}\n```\n", "```{exercise-start} X\n```\n", "page:43: the exercise before has no"),
        ("```{exercise-start} What is left?\n:label: ex-left\n```\n", "", "page:14: {hint} outside of an exercise"),
        ("Words before.", "```{code-cell}\n# BEGIN SOLUTION\n```\n", "page:5: a solution outside of an exercise"),
        ('check("a.b", left)', "left", "page:7: expected one check in the exercise 'What is left?', got 0"),
        ('check("a.b", left)', 'check("a.b", left)\n```\n```{code-cell}\ncheck("a.c", left)', "got 2"),
        ('# BEGIN SOLUTION\nleft = "a"\n# END SOLUTION\n', "", "expected one cell with a solution"),
        ("# BEGIN SOLUTION\n", "", "page:7: the solution of the exercise 'What is left?': expected '# BEGIN"),
        ('left = "a"', "print(1)", "page:7: the solution of the exercise 'What is left?': expected only 'name"),
        ('left = "a"', "left = (", "page:7: the solution of the exercise 'What is left?': '(' was never closed"),
        (":label: ex-left\n", "", "expected a title, a :label: and at least one"),
        (" What is left?", "", "expected a title, a :label: and at least one"),
        ("```python\n", "````python\n", "page:46: '````python' is never closed"),
    ],
)
def test_an_author_is_told_what_is_missing_and_where(old, new, said):
    assert old in PAGE
    with pytest.raises(ValueError) as told:
        read_page(PAGE.replace(old, new), "page")
    assert said in str(told.value)


def test_an_exercise_without_hints_is_told():
    with pytest.raises(ValueError, match="at least one"):
        read_page(PAGE.replace("{hint}", "{note}"), "page")


def test_two_exercises_of_one_name_are_an_error(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(PAGE)
    with pytest.raises(ValueError, match=r"two\.md: a\.b is checked in two exercises"):
        read_writings(tmp_path)


def test_a_name_that_no_chapter_has_is_told():
    with pytest.raises(LookupError, match="write it there"):
        writing("nowhere.at.all")
