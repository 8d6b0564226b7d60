"""Student notebooks, made from the chapters: the same bytes on every run, no outputs, no solutions."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medfuse_course.core.files import atomic_path
from medfuse_course.publishing.book_index import BookIndex, read_index
from medfuse_course.publishing.exercise_cells import checked_name, has_solution, solved, starter
from medfuse_course.publishing.hints import hints_of
from medfuse_course.publishing.plain_markdown import PlainMarkdown
from medfuse_course.publishing.project import NOTICE, Project, project

_CELL = re.compile(r"^(`{3,}|:{3,})\{code-cell\}", re.M)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_LEFTOVER = re.compile(r"(`{3,}|:{3,})\{[\w:-]+\}|\{[\w:-]+\}`[^`]|^\([\w:.-]+\)=$", re.M)

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

from medfuse_course import doctor

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
    return [path for path in sorted(chapters.rglob("*.md")) if _CELL.search(path.read_text(encoding="utf8"))]


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
    import jupytext
    import yaml

    text = path.read_text(encoding="utf8")
    front = _FRONT.match(text)
    header = yaml.safe_load(front[1]) if front else {}
    docname = path.relative_to(index.root).with_suffix("").as_posix()
    source = jupytext.reads(text, fmt="md:myst")
    plain = PlainMarkdown(docname, index, project())
    title = index.title(docname)
    cells = [*_opening(docname, title, bool(_TRAINS.search(text))), *_cells(source.cells, plain, solutions=solutions)]
    metadata: dict[str, Any] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if header.get("gpu"):
        metadata |= {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
    return {"cells": _with_ids(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _opening(docname: str, title: str, learning: bool) -> list[dict[str, Any]]:
    about = project()
    heading = f"# {title}\n\n*[Read this page in the book]({about.page(docname)}). {NOTICE}*"
    return [_markdown(heading), _code(install_cell(about, learning), {})]


def _cells(cells: list[Any], plain: PlainMarkdown, *, solutions: bool) -> Iterator[dict[str, Any]]:
    inside = False
    for position, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            text, inside = _without_solution_prose(cell.source, inside) if not solutions else (cell.source, False)
            if made := plain.translate(_without_title(text) if position == 0 else text):
                _complain_of_leftovers(made, plain.docname)
                yield _markdown(made)
        elif not inside:
            yield from _hints(cells[position:], cell.source)
            yield _code(solved(cell.source) if solutions else _starter(cell.source), cell.metadata)
            if caption := _caption(cell.metadata):
                yield _markdown(plain.translate(f"*{caption}*"))


def _caption(metadata: dict[str, Any]) -> str:
    """The caption that the book puts under a cell's figure."""
    return str(metadata.get("mystnb", {}).get("figure", {}).get("caption", "")).strip()


def _without_title(text: str) -> str:
    return re.sub(r"^# .*\n?", "", text, count=1, flags=re.M)


def _starter(source: str) -> str:
    return starter(source) if has_solution(source) else source


def _hints(rest: list[Any], source: str) -> Iterator[dict[str, Any]]:
    """Put the hints of an exercise before the cell with its starter."""
    if not has_solution(source):
        return
    names = (checked_name(cell.source) for cell in rest if cell.cell_type == "code")
    hints = hints_of(next(filter(None, names), ""))
    folded = [f"<details><summary>Hint {n}</summary>\n\n{hint}\n\n</details>" for n, hint in enumerate(hints, start=1)]
    if folded:
        yield _markdown("\n\n".join(folded))


def _without_solution_prose(text: str, inside: bool) -> tuple[str, bool]:
    """Drop what stands between ``solution-start`` and ``solution-end``; say whether the end is still to come."""
    kept = []
    for line in text.splitlines():
        if re.match(r"^(`{3,}|:{3,})\{solution-start\}", line):
            inside = True
        if not inside:
            kept.append(line)
        if re.match(r"^(`{3,}|:{3,})\{solution-end\}", line):
            inside = False
            kept.append(line)
    return "\n".join(kept), inside


def _complain_of_leftovers(text: str, docname: str) -> None:
    prose = re.sub(r"^(`{3,})(?!\{).*?^\1`*$", "", text, flags=re.M | re.S)
    if found := _LEFTOVER.search(prose):
        raise ValueError(
            f"{docname}: {found[0]!r} was left over in the notebook; write it otherwise, or teach PlainMarkdown"
        )


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _code(source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    folded = {"hide-input", "remove-input", "remove-cell", "hide-cell"} & set(metadata.get("tags", []))
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
