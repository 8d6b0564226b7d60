"""A chapter as it is written: prose, cells, and the exercises in it with their hints, choices and solution.

The one reader of chapters: `check` and `hint`, the book, the student notebooks and the tests all ask it. It reads lines
and needs nothing but the standard library, because `hint` works wherever the course is installed.

An exercise stands between ``{exercise-start}`` and ``{exercise-end}``::

    ```{exercise-start} The title
    :label: ex-label
    ```

    The prompt.

    - **a.** The first choice.
    - **b.** The second choice.

    ```{hint}
    :class: dropdown

    The first step. The next one is another hint.
    ```

Then come a cell with the solution between its markers and a cell that checks it, and so gives the exercise its name.
Words from there to the end explain the solution; book and notebooks fold them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from medfuse_course.exercises.cells import checked_name, has_solution, starter

PROSE, CELL, HINT, START, END = "prose", "code-cell", "hint", "exercise-start", "exercise-end"
EXPLANATION = "explanation"

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,}|~{3,})(?:\{(?P<kind>[\w:.+-]+)\}[ \t]*(?P<argument>.*?)[ \t]*)?(?P<rest>[^`]*)$"
)
_CODE = re.compile(rf"^(`{{3,}}|:{{3,}})\{{{CELL}\}}", re.M)
_HEADER = re.compile(r"\A---\n(?P<yaml>.*?)^---\n|\A(?P<short>(?::[\w-]+:[^\n]*\n)+)", re.M | re.S)
_LABEL = re.compile(r"^label:[ \t]*(\S+)", re.M)
_CHOICE = re.compile(r"^- \*\*(?P<option>\w+)\.\*\* (?P<text>.+(?:\n +\S.*)*)\n?", re.M)


@dataclass(frozen=True)
class Block:
    """A stretch of a page.

    Attributes
    ----------
    kind
        `PROSE`, which other directives belong to; `EXPLANATION`, which is prose behind a solution; or one of the
        four directives that make a page with exercises.
    text
        Prose as it stands; of a directive what is in it.
    line
        Where it begins, from 1.
    argument
        What stands behind the directive's name: the title of an exercise.
    options
        What stands between the two, as YAML: ``label: ex-match``.
    """

    kind: str
    text: str
    line: int
    argument: str = ""
    options: str = ""


@dataclass(frozen=True)
class Writing:
    """What a chapter says of one exercise.

    Attributes
    ----------
    name
        The exercise, as its check calls it.
    title
        What stands over it.
    label
        Where references to it lead.
    prompt
        What is asked, as it stands on the page, without the choices.
    choices
        Option to text, where one is chosen.
    hints
        Steps, from a nudge to nearly all.
    solution
        The cell with the solution between its markers.
    """

    name: str
    title: str
    label: str
    prompt: str
    choices: Mapping[str, str]
    hints: tuple[str, ...]
    solution: str


@dataclass(frozen=True)
class Page:
    """A chapter.

    Attributes
    ----------
    front
        The YAML at its top.
    blocks
        All of it, in order.
    exercises
        What it says of its exercises, in order.
    """

    front: str
    blocks: tuple[Block, ...]
    exercises: tuple[Writing, ...]


def read_page(text: str, name: str) -> Page:
    """Read the text of a chapter; ``name`` is what errors call it.

    Raises
    ------
    ValueError
        A fence that is never closed, or an exercise that lacks a part; the error names page and line.
    """
    front = _FRONT.match(text)
    first = front.end() if front else 0
    blocks = tuple(_blocks(text[first:].splitlines(), text[:first].count("\n") + 1, name))
    return Page(front[1] if front else "", blocks, tuple(_exercises(blocks, name)))


def has_cells(text: str) -> bool:
    """Whether anything on a page is executed."""
    return bool(_CODE.search(text))


def _blocks(lines: list[str], first: int, page: str) -> Iterator[Block]:
    """Cut at the directives that count; what else has fences is prose, and so is what stands in it."""
    prose, position, words = 0, 0, PROSE
    while position < len(lines):
        fence = _FENCE.match(lines[position])
        if not fence or (fence["fence"][0] == ":" and not fence["kind"]):
            position += 1
            continue
        end = _closing(lines, position, fence["fence"], f"{page}:{first + position}")
        if fence["kind"] in (CELL, HINT, START, END):
            yield from _prose(lines[prose:position], first + prose, words)
            options, inside = split_options("\n".join([*lines[position + 1 : end], ""]))
            yield Block(fence["kind"], inside, first + position, fence["argument"] + fence["rest"], options)
            words = PROSE if fence["kind"] in (START, END) else EXPLANATION if has_solution(inside) else words
            prose = end + 1
        position = end + 1
    yield from _prose(lines[prose:], first + prose, words)


def _prose(lines: list[str], line: int, kind: str) -> Iterator[Block]:
    if any(lines):
        yield Block(kind, "\n".join(lines), line)


def _closing(lines: list[str], start: int, fence: str, where: str) -> int:
    closing = re.compile(rf"{re.escape(fence[0])}{{{len(fence)},}}\s*")
    for position in range(start + 1, len(lines)):
        if closing.fullmatch(lines[position]):
            return position
    raise ValueError(f"{where}: {lines[start]!r} is never closed; end it with {fence}")


def split_options(text: str) -> tuple[str, str]:
    """Return the options of a directive as YAML, and what stands in it, without empty lines around."""
    header = _HEADER.match(text)
    short = re.sub(r"^:", "", (header and header["short"]) or "", flags=re.M)
    return (header and header["yaml"]) or short, text[header.end() if header else 0 :].strip("\n")


def _exercises(blocks: tuple[Block, ...], page: str) -> Iterator[Writing]:
    inside: list[Block] = []
    for block in blocks:
        if block.kind == START and inside:
            raise ValueError(f"{page}:{block.line}: the exercise before has no {{{END}}}")
        solution = block.kind == CELL and has_solution(block.text)
        if (solution or block.kind in (HINT, END)) and not inside:
            what = "a solution" if solution else f"{{{block.kind}}}"
            raise ValueError(f"{page}:{block.line}: {what} outside of an exercise; put {{{START}}} before it")
        if block.kind == END:
            yield _exercise(inside, f"{page}:{inside[0].line}")
            inside = []
        elif inside or block.kind == START:
            inside.append(block)
    if inside:
        raise ValueError(f"{page}:{inside[0].line}: the exercise has no {{{END}}}")


def _exercise(blocks: list[Block], where: str) -> Writing:
    start = blocks[0]
    cells = [block.text for block in blocks if block.kind == CELL]
    prose = "\n".join(block.text for block in blocks if block.kind == PROSE)
    names = {name for name in map(checked_name, cells) if name}
    solutions = [cell for cell in cells if has_solution(cell)]
    hints = tuple(" ".join(block.text.split()) for block in blocks if block.kind == HINT)
    label = _LABEL.search(start.options)
    for what, count in (("check", len(names)), ("cell with a solution", len(solutions))):
        if count != 1:
            raise ValueError(f"{where}: expected one {what} in the exercise {start.argument!r}, got {count}")
    try:
        starter(solutions[0])
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{where}: the solution of the exercise {start.argument!r}: {error}") from error
    if not hints or not start.argument or not label:
        raise ValueError(f"{where}: expected a title, a :label: and at least one {{{HINT}}} in the exercise")
    choices = {found["option"]: " ".join(found["text"].split()) for found in _CHOICE.finditer(prose)}
    prompt = _CHOICE.sub("", prose).strip("\n")
    return Writing(names.pop(), start.argument, label[1], prompt, choices, hints, solutions[0])
