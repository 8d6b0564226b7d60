"""The trial book, built once: the machinery of the real one on small pages, two of them with cells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = Path(__file__).parent / "fixtures" / "book"
LATER = Path(__file__).parent / "fixtures" / "later"
"""One more part with a chapter."""


def run_build(root: Path) -> subprocess.CompletedProcess[str]:
    """Build a book as `make book` does."""
    command = [
        sys.executable,
        "-m",
        "medfuse_course.publishing.build",
        "--root",
        str(root),
        "--out",
        str(root / "_build"),
    ]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)


def copy_book(target: Path, *more: Path) -> Path:
    """Copy the trial book and what folders add to it, with the real book's settings and its own student notebooks."""
    from medfuse_course.publishing.notebooks import write_notebooks

    for folder in (BOOK, *more):
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns("_build"), dirs_exist_ok=True)
    shutil.copyfile(ROOT / "_config.yml", target / "_config.yml")
    write_notebooks(target / "chapters", target / "notebooks")
    return target


@pytest.fixture(scope="session")
def trial_book(tmp_path_factory) -> Path:
    """Folder of the built trial book."""
    pytest.importorskip("jupyter_book")
    root = copy_book(tmp_path_factory.mktemp("trial") / "book", LATER)
    done = run_build(root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="session")
def trial_page(trial_book) -> str:
    """HTML of its chapter."""
    return (trial_book / "_build/html/chapters/part/trial.html").read_text(encoding="utf8")
