"""Student notebooks, made from the chapters: the same bytes on every run, no outputs, no solutions."""

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from medfuse_course.core.files import atomic_path
from medfuse_course.exercises.cells import has_solution, solved, starter
from medfuse_course.exercises.page import CELL, EXPLANATION, HINT, START, Block, has_cells, read_page
from medfuse_course.publishing.book_index import BookIndex, read_index
from medfuse_course.publishing.numbering import caption_of
from medfuse_course.publishing.plain_markdown import PlainMarkdown
from medfuse_course.publishing.project import NOTICE, Project, project

_INSTALL = """\
# On Colab this installs the course and only what is missing; numpy and torch stay. Elsewhere it does nothing.
import importlib.util
import subprocess
import sys
from importlib.metadata import version

if "google.colab" in sys.modules and importlib.util.find_spec("medfuse_course") is None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    packages = {packages}
    missing = [name for name, module in packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        subprocess.run([*pip, *missing, f"numpy=={{version('numpy')}}"], check=True)
    subprocess.run([*pip, "--no-deps", "git+{repository}@{tag}"], check=True)

from medfuse_course import doctor, hint  # hint("the name in a check") tells one step of help after the other

doctor()"""

_MODULES = {"scikit-image": "skimage", "PyWavelets": "pywt", "pillow": "PIL"}
_NEVER = {"numpy", "torch"}
_LEARNING = ("accelerate", "safetensors")  # the rest of pyproject.toml's extra "torch"
_TRAINS = re.compile(r"^(import torch|from torch)\b", re.M)


def write_notebooks(chapters: Path, out: Path, check: bool = False) -> list[Path]:
    """Write the student notebook of every executed chapter.

    Parameters
    ----------
    chapters
        Folder with the chapters, one folder for each part.
    out
        Folder for the notebooks; it gets the same parts. A notebook whose chapter is gone is removed.
    check
        Change nothing, only say which notebooks are not what the chapters make.

    Returns
    -------
    Paths that were written, or with ``check`` those that differ, are missing or have no chapter.
    """
    chapters, out = Path(chapters), Path(out)
    if not chapters.is_dir():
        raise FileNotFoundError(f"chapters: expected a folder with chapters, {chapters} is none")
    index = read_index(chapters.resolve())
    wanted = {out / path.relative_to(chapters).with_suffix(".ipynb"): path for path in executed_pages(chapters)}
    changed = []
    for target, source in wanted.items():
        text = notebook_text(_notebook(source.resolve(), index))
        if not check or not target.is_file() or target.read_text(encoding="utf8") != text:
            changed.append(target)
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(target) as part:
                part.write_text(text, encoding="utf8", newline="\n")
    orphans = [path for path in sorted(out.rglob("*.ipynb")) if path not in wanted]
    for orphan in orphans if not check else []:
        orphan.unlink()
    return changed + (orphans if check else [])


def solved_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook of one chapter with the solutions left in, for tests and instructors."""
    path = Path(path).resolve()
    chapters = next((folder for folder in path.parents if folder.name == "chapters"), path.parent)
    return _notebook(path, read_index(chapters), solutions=True)


def executed_pages(chapters: Path) -> list[Path]:
    """Return the pages that hold code cells, in order."""
    return [path for path in sorted(chapters.rglob("*.md")) if has_cells(path.read_text(encoding="utf8"))]


def notebook_text(notebook: dict[str, Any]) -> str:
    """Return the bytes of a notebook as text: sorted, indented, one line break at the end."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def install_cell(about: Project, learning: bool = False) -> str:
    """Return the first code cell: what Colab needs, that of learned methods too, then one look at the machine."""
    names = [re.split(r"[<>=!~\s\[]", need)[0] for need in about.dependencies]
    names += _LEARNING if learning else ()
    packages = {name: _MODULES.get(name, name) for name in names if name not in _NEVER}
    listed = "{\n" + "".join(f'        "{name}": "{module}",\n' for name, module in packages.items()) + "    }"
    return _INSTALL.format(packages=listed, repository=about.repository, tag=about.tag)


def _notebook(path: Path, index: BookIndex, *, solutions: bool = False) -> dict[str, Any]:
    import yaml

    text = path.read_text(encoding="utf8")
    docname = path.relative_to(index.root).with_suffix("").as_posix()
    page = read_page(text, docname)
    plain = PlainMarkdown(docname, index, project())
    cells = [
        *_opening(docname, _title(docname, index), bool(_TRAINS.search(text))),
        *_cells(page.blocks, plain, solutions=solutions),
    ]
    metadata: dict[str, Any] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if (yaml.safe_load(page.front) or {}).get("gpu"):
        metadata |= {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
    return {"cells": _with_ids(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _title(docname: str, index: BookIndex) -> str:
    number = index.numbers.get(docname)
    return f"{number}. {index.title(docname)}" if number else index.title(docname)


def _opening(docname: str, title: str, learning: bool) -> list[dict[str, Any]]:
    about = project()
    heading = f"# {title}\n\n*[Read this page in the book]({about.page(docname)}). {NOTICE}*"
    return [_markdown(heading), _code(install_cell(about, learning), {})]


def _cells(blocks: tuple[Block, ...], plain: PlainMarkdown, *, solutions: bool) -> Iterator[dict[str, Any]]:
    """Prose and titles of exercises share a cell, and so do the hints of one exercise."""
    import yaml

    apart = (CELL, HINT, EXPLANATION)
    for kind, run in groupby(blocks, lambda block: block.kind if block.kind in apart else "words"):
        if kind == CELL:
            for block in run:
                options = yaml.safe_load(block.options) or {}
                yield _code(solved(block.text) if solutions else _starter(block.text), options)
                if caption := caption_of(block):
                    yield _markdown(
                        plain.translate(f"*{plain.index.names[plain.docname, block.line]}: {caption}*", block.line)
                    )
        elif kind == HINT:
            hints = (plain.translate(" ".join(block.text.split()), block.line) for block in run)
            yield _markdown("\n\n".join(_folded(f"Hint {n}", hint) for n, hint in enumerate(hints, start=1)))
        else:
            words = [_words(block, plain) for block in run]
            if made := "\n\n".join(filter(None, words)):
                yield _markdown(_folded("Explanation", made) if kind == EXPLANATION else made)


def _words(block: Block, plain: PlainMarkdown) -> str:
    if block.kind == START:
        return f"### {plain.index.names[plain.docname, block.line]}: {plain.translate(block.argument, block.line)}"
    without_title = re.sub(r"\A(\([\w:.-]+\)=\n|\n)*# .*", lambda title: "\n" * title[0].count("\n"), block.text)
    return plain.translate(without_title, block.line)


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _starter(source: str) -> str:
    return starter(source) if has_solution(source) else source


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _code(source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    # The page folds hide-input one click away; who opens the notebook wants to read and change it.
    folded = {"remove-input", "remove-cell", "hide-cell"} & set(metadata.get("tags", []))
    kept = {"cellView": "form", "jupyter": {"source_hidden": True}} if folded else {}
    return {"cell_type": "code", "execution_count": None, "metadata": kept, "outputs": [], "source": _lines(source)}


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def _with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each cell an id from its text, so that the same text is the same cell on every run."""
    seen: dict[str, int] = {}
    for cell in cells:
        text = cell["cell_type"] + "\0" + "".join(cell["source"])
        seen[text] = seen.get(text, 0) + 1
        cell["id"] = hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()[:12]
    return cells
