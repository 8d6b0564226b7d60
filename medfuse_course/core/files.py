"""Files: where shipped data lies, and writing a file whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def data_path(*parts: str) -> Path:
    """The path of something that ships in ``data/``: beside the package in a checkout, inside it once installed.

    Raises
    ------
    FileNotFoundError
        Nothing of that name ships with this installation.
    """
    root = _shipped("data")
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{'/'.join(parts)}: not among the shipped data in {root}; reinstall medfuse_course")
    return path


def chapters_path() -> Path:
    """The folder of the chapters, which ship because they hold titles and hints of the exercises."""
    root = _shipped("chapters")
    if not root.is_dir():
        raise FileNotFoundError(f"chapters: not shipped with this installation in {root}; reinstall medfuse_course")
    return root


def _shipped(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``target``; rename it to ``target`` when the block ends well.

    If the block fails, the temporary file is removed and ``target`` stays as it was. The temporary name ends as
    ``target`` does (``.nii.gz`` included), because many writers choose the format by the ending.
    """
    target = Path(target)
    if target.is_dir():
        raise IsADirectoryError(f"{target}: expected a file to write, got a folder; add a file name")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{target}: the folder {target.parent} does not exist; make it first")
    handle, name = tempfile.mkstemp(prefix=".part-", suffix="".join(target.suffixes[-2:]), dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)  # mkstemp makes files for the owner only
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
