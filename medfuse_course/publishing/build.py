"""Build the book: ``python -m medfuse_course.publishing.build``.

Jupyter Book's cache of executed pages knows only the cells' code. Here it is thrown away when anything else that can
change an output has changed, so a page never shows what the library no longer does. Pages are executed side by side.
After the build every page, every internal link and what every check of an exercise said is looked at.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from medfuse_course.core.files import atomic_path
from medfuse_course.publishing.execution import check_faults, execute_pages
from medfuse_course.publishing.links import link_faults
from medfuse_course.publishing.lint import site_faults

_INPUTS = (
    "medfuse_course/**/*",
    "data/**/*",
    "vendor/**/*",
    "requirements*.txt",
    "*.lock",
    "pyproject.toml",
    "_config.yml",
)
_STATE = ("html", ".doctrees", ".jupyter_cache", "jupyter_execute", "sphinx", "sphinx_doctrees")


def fingerprint(root: Path) -> str:
    """Hash everything outside the chapters that a built page depends on: library, data, versions, settings."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted({p for pattern in _INPUTS for p in root.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def forget_old_results(root: Path, out: Path) -> bool:
    """Remove built and cached pages if the library changed since; return whether it had."""
    stamp = out / ".fingerprint"
    now = fingerprint(root)
    if stamp.is_file() and stamp.read_text(encoding="utf8") == now:
        return False
    for name in _STATE:
        shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    with atomic_path(stamp) as part:
        part.write_text(now, encoding="utf8")
    return True


def book_command(root: Path, out: Path) -> list[str]:
    """Return the command that builds the book with Jupyter Book."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    return [str(jupyter_book), "build", str(root), "--path-output", str(out.parent), "-W", "-n", "--keep-going"]


def environment() -> dict[str, str]:
    """Return the environment of a build: static figures, claims that must hold, one thread, every run the same.

    Other people's pictures have no license: a book must not hold them, wherever it is built.
    """
    fixed = {
        "MEDFUSE_PUBLISHED": "",
        "MEDFUSE_STATIC": "1",
        "MEDFUSE_CLAIMS": "strict",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return {**os.environ, **fixed}


def _faults(root: Path, out: Path) -> list[str]:
    return [*site_faults(out / "html"), *link_faults(out / "html"), *check_faults(root, out)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and check; return 0 when the book is good."""
    parser = argparse.ArgumentParser(prog="python -m medfuse_course.publishing.build", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="folder with _config.yml (default: here)")
    parser.add_argument("--out", type=Path, default=Path("_build"), help="where the book goes; must be called _build")
    chosen = parser.parse_args(arguments)
    root, out = chosen.root.resolve(), chosen.out.resolve()
    if out.name != "_build":
        parser.error(f"--out: expected a folder called _build, got {out}; Jupyter Book chooses that name itself")
    forget_old_results(root, out)
    for line in execute_pages(root, out, environment()):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    status = subprocess.run(book_command(root, out), env=environment(), check=False).returncode
    site = out / "html"
    faults = _faults(root, out) if site.is_dir() else ["nothing was built"]
    if status or faults:
        # Sphinx warns about a page only when it reads it; the next run must not pass because it read nothing.
        shutil.rmtree(out / ".doctrees", ignore_errors=True)
    sys.stdout.writelines(f"fault: {fault}\n" for fault in faults)
    sys.stdout.write(f"{site / 'index.html'}: {len(faults)} faults\n")
    return int(bool(status or faults))


if __name__ == "__main__":
    sys.exit(main())
