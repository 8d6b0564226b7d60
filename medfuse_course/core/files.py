"""Files: where shipped data lies, and writing a file whole or not at all."""

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medfuse_course.core import leftovers

_PACKAGE = Path(__file__).resolve().parents[1]
_PART = ".part-"


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
def atomic_path(target: str | os.PathLike[str], overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path beside ``target``; rename it to ``target`` when the block ends well.

    If the block fails, the temporary file is removed and ``target`` stays as it was. The temporary name ends as
    ``target`` does (``.nii.gz`` included), because many writers choose the format by the ending. A file that is
    replaced leaves its permissions to the new one; of a link what it points to is replaced. What a writer that was
    killed left in the folder is taken away, as `core.leftovers` says.

    Raises
    ------
    FileExistsError
        `overwrite` is False and ``target`` is there when the block ends, whoever has made it meanwhile.
    OSError
        ``target`` is a folder, its folder is not there, or the file cannot be written: no permission, no space.
    """
    target = Path(target)
    target = target.resolve() if target.is_symlink() else target
    if target.is_dir():
        raise IsADirectoryError(f"{target}: expected a file to write, got a folder; add a file name")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{target}: the folder {target.parent} does not exist; make it first")
    leftovers.collect(target.parent, _PART)
    part = target.with_name(leftovers.own_name(_PART) + secrets.token_hex(4) + "".join(target.suffixes[-2:]))
    try:
        part.touch(0o600, exist_ok=False)
        yield part
        part.chmod(_permissions(target))
        if overwrite:
            part.replace(target)
        else:
            _put_where_nothing_is(part, target)
    except OSError as error:
        # Without a number it is a sentence already; with the name of another file it is not about this one.
        if error.errno is None or error.filename not in (None, str(part)):
            raise
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "; make room or choose another disk" if full else ""
        reason = error.strerror or str(error)
        raise type(error)(f"{target}: could not be written ({reason}){advice}; nothing was left behind") from error
    finally:
        part.unlink(missing_ok=True)


def _permissions(target: Path) -> int:
    """Those of the file that is there, or what the umask leaves to a new one."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _put_where_nothing_is(part: Path, target: Path) -> None:
    try:
        os.link(part, target)  # at once, and only where there is none
    except FileExistsError as error:
        raise FileExistsError(f"{target}: exists, made by somebody else meanwhile; it was left as it is") from error
    except OSError:  # a disk without links, such as a memory stick
        if target.exists():
            raise FileExistsError(f"{target}: exists; it was left as it is") from None
        part.replace(target)
