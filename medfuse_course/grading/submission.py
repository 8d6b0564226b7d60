"""What a student handed in: the cells of a notebook of the course, or a file of answers, read as data."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from medfuse_course.core.files import chapters_path
from medfuse_course.exercises.cells import checked_name
from medfuse_course.exercises.handing_in import KIND, MEMBER
from medfuse_course.exercises.page import CELL, read_page

ENDINGS = (".ipynb", ".zip")
MOST_BYTES, MOST_WORDS = 2**28, 2**24
"""Of a notebook, where one with many pictures in its outputs has a tenth of it; and of answers."""

_CHECKED = re.compile(r"""^\s*(?:\w+\.)?check\(\s*["'](?P<exercise>[\w.]+)["']\s*,\s*(?P<name>\w+)""", re.M)


class SubmissionError(ValueError):
    """It is no notebook of the course; the message says why."""


@dataclass(frozen=True)
class Submission:
    """One file of one student.

    Attributes
    ----------
    student
        The name of the notebook, or of the folder in which it lies.
    path
        The file.
    digest
        The sha256 of its bytes.
    """

    student: str
    path: Path
    digest: str

    def read(self) -> "Work":
        """What is in it; raise `SubmissionError` where it is no work of the course."""
        if self.path.stat().st_size > MOST_BYTES:
            raise SubmissionError(f"the file has {self.path.stat().st_size / 2**20:.0f} MB; clear its outputs")
        if zipfile.is_zipfile(self.path):
            return self._read_answers()
        try:
            notebook = json.loads(self.path.read_text(encoding="utf8"))
            cells = [_source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise SubmissionError(
                f"it is not a notebook ({type(error).__name__}); was it damaged or renamed?"
            ) from error
        return _work(cells, {})

    def _read_answers(self) -> "Work":
        try:
            with zipfile.ZipFile(self.path) as file, file.open(MEMBER) as member:
                text = member.read(MOST_WORDS + 1)
            if len(text) > MOST_WORDS:
                raise ValueError("too long")
            saved = json.loads(text)
            cells, values = [_source({"source": cell}) for cell in saved["cells"]], dict(saved["values"])
            if saved["kind"] != KIND or not all(isinstance(x, bool | int | float | str) for x in values.values()):
                raise ValueError("of another kind")
        except (ValueError, TypeError, KeyError, RecursionError, OSError, zipfile.BadZipFile, RuntimeError) as error:
            said = f"it is not a file of answers ({type(error).__name__}); was it written by save_answers?"
            raise SubmissionError(said) from error
        return _work(cells, values)


@dataclass(frozen=True)
class Work:
    """What has to be run and asked.

    Attributes
    ----------
    cells
        The code of the notebook.
    names
        The exercises of its chapter, with the name that each answer has there.
    values
        Answers that are there already, as data.
    """

    cells: list[str]
    names: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)


def find_submissions(paths: list[Path]) -> Iterator[Submission]:
    """Find notebooks and files of answers among these files and folders.

    Raises
    ------
    FileNotFoundError
        One of them is not there, or a folder without any notebook.
    """
    for path in paths:
        if path.is_dir():
            every = sorted(p for p in path.rglob("*") if p.suffix in ENDINGS and p.is_file())
            found = [p for p in every if ".ipynb_checkpoints" not in p.parts]
            if not found:
                raise FileNotFoundError(
                    f"{path}: expected notebooks (.ipynb) or answers (.zip) in this folder, found none"
                )
            for file in found:
                inside = file.relative_to(path).parts
                yield _submission(inside[0] if len(inside) > 1 else file.stem, file)
        elif path.is_file():
            yield _submission(path.stem, path)
        else:
            raise FileNotFoundError(f"{path}: no such notebook or folder")


def _submission(student: str, path: Path) -> Submission:
    with path.open("rb") as file:
        return Submission(student, path, hashlib.file_digest(file, "sha256").hexdigest())


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    if not isinstance(source, str):
        source = "".join(source)
    return str(source)


def _work(cells: list[str], values: Mapping[str, Any]) -> Work:
    """Which chapter it is of: the one of which it has most exercises, by their checks or by how its cells begin."""
    found = {name for cell in cells if (name := checked_name(cell))} | set(values)
    known = _chapters()
    title = {page: len(found & set(names)) for page, (names, _) in known.items()}
    lines = {line for cell in cells for line in cell.splitlines() if len(line) > 20}
    best = max(known, key=lambda page: (title[page], len(lines & known[page][1])))
    if not title[best] and len(lines & known[best][1]) < 5:
        raise SubmissionError("it is not a notebook of this course: no cell checks an exercise that is known")
    names = dict(known[best][0])
    for cell in cells:  # an answer goes by the name that the student gave it
        for check in _CHECKED.finditer(cell):
            if check["exercise"] in names:
                names[check["exercise"]] = check["name"]
    more = {name: "" for name in found if any(name in other for other, _ in known.values())}
    return Work(cells, more | names, values)


@cache
def _chapters() -> dict[str, tuple[dict[str, str], frozenset[str]]]:
    """The exercises of each page with the name that their answers have there, and its lines of code."""
    known = {}
    for path in sorted(chapters_path().rglob("*.md")):
        blocks = read_page(path.read_text(encoding="utf8"), path.stem).blocks
        code = [block.text for block in blocks if block.kind == CELL]
        names = {check["exercise"]: check["name"] for text in code for check in _CHECKED.finditer(text)}
        if names:
            known[path.stem] = names, frozenset(line for text in code for line in text.splitlines() if len(line) > 20)
    return known
