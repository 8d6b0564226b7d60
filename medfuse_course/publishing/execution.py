"""Execute the pages of a book side by side, before Sphinx reads them one by one, and look at what their checks said.

MyST-NB executes a page when Sphinx reads it: one page after the other, on one core. Here the pages that its cache does
not hold are executed first, several at a time, and put where MyST-NB looks. A page that fails is left to Sphinx, which
executes it again and says where the error is.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import yaml

from medfuse_course.exercises.cells import checked_name
from medfuse_course.publishing.measured_time import measured_seconds
from medfuse_course.publishing.notebooks import executed_pages

MOST_AT_ONCE = 4
"""Pages that run at the same time on a machine with many cores: each is a process with PyTorch in it."""


def execute_pages(root: Path, out: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Execute what the cache does not hold, several pages at a time; say of each page how it went.

    Parameters
    ----------
    root, out
        Folder with ``_config.yml`` and ``chapters``; folder of the built book.
    environment
        What the pages find in ``os.environ``.

    Yields
    ------
    One line for each page that ran.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    cache = get_cache(str(_cache_folder(out)))
    waiting = [page for page in _longest_first(root) if _record(cache, page) is None]
    workers = min(len(waiting), os.cpu_count() or 1, MOST_AT_ONCE)
    if workers < 2:
        return  # Sphinx does as well alone
    timeout = yaml.safe_load((root / "_config.yml").read_text(encoding="utf8"))["execute"]["timeout"]
    with ProcessPoolExecutor(workers, initializer=os.environ.update, initargs=(dict(environment),)) as pool:
        running = {pool.submit(_execute, page, timeout): page for page in waiting}
        for done in as_completed(running):
            page, name = running[done], running[done].relative_to(root)
            if error := done.exception() or done.result().err:
                yield f"{name}: stopped by {type(error).__name__}"
                continue
            bundle = CacheBundleIn(done.result().nb, str(page), data={"execution_seconds": done.result().time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            yield f"{name}: executed in {done.result().time:.0f} s"


def read_notebook(page: Path) -> Any:
    """Return the notebook that MyST-NB makes of a page, not executed."""
    from myst_nb.core.read import read_myst_markdown_notebook

    return read_myst_markdown_notebook(page.read_text(encoding="utf8"), add_source_map=True, path=page)


def executed_notebook(page: Path, out: Path) -> Any | None:
    """Return the code cells of a page with the outputs that the book shows, or None where it was not built."""
    from jupyter_cache import get_cache

    cache = get_cache(str(_cache_folder(out)))
    record = _record(cache, page)
    return None if record is None else cache.get_cache_bundle(record.pk).nb


def check_faults(root: Path, out: Path) -> list[str]:
    """Name every check of an exercise that did not pass with the solution that stands on the page."""
    faults = []
    for page in executed_pages(root / "chapters"):
        notebook = executed_notebook(page, out)
        if notebook is None:
            faults.append(f"{page.relative_to(root)}: was not executed")
        for name, said in (answers(notebook) if notebook is not None else {}).items():
            if "passed" not in said:
                faults.append(f"{page.relative_to(root)}: expected the solution to pass {name!r}, got: {said[:200]!r}")
    return faults


def answers(notebook: Any) -> dict[str, str]:
    """Return what each check of an executed notebook said, by the name of the exercise."""
    checks = {checked_name(cell.source): cell for cell in notebook.cells if cell.cell_type == "code"}
    return {name: " ".join(_shown(output) for output in cell.outputs) for name, cell in checks.items() if name}


def _shown(output: Mapping[str, Any]) -> str:
    return str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))


def _cache_folder(out: Path) -> Path:
    return out / ".jupyter_cache"


def _longest_first(root: Path) -> list[Path]:
    """Order pages so that no long one is left to the end; who has not been measured may be long."""

    def seconds(page: Path) -> float:
        measured = measured_seconds(page.relative_to(root).with_suffix("").as_posix())
        return float("inf") if measured is None else measured

    return sorted(executed_pages(root / "chapters"), key=seconds, reverse=True)


def _record(cache: Any, page: Path) -> Any | None:
    try:
        return cache.match_cache_notebook(read_notebook(page))
    except KeyError:
        return None


def _execute(page: Path, timeout: int) -> Any:
    from jupyter_cache.executors.utils import single_nb_execution

    return single_nb_execution(read_notebook(page), cwd=str(page.parent), timeout=timeout, allow_errors=False)
