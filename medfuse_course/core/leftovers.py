"""What a process that was killed left behind: found again by its name, and taken away by the next one.

A name says which machine and process made the file. It is taken away when that process is gone from this machine, the
file is the user's own, and nobody has touched it for an hour: numbers of processes come again, and machines that share
a disk may share a name.
"""

import os
import platform
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

OLD = 3600.0
"""Seconds after which a file that nobody touched may be a leftover."""

_FOLDER = "medfuse-"
_looked_at: set[tuple[Path, str]] = set()


def own_name(prefix: str) -> str:
    """The first part of a name that says who made the file: a prefix, this machine, this process."""
    return f"{prefix}{_machine()}-{os.getpid()}-"


def collect(folder: Path, prefix: str) -> None:
    """Take away what dead processes of this machine left in a folder under names with `prefix`; once a process."""
    if (folder, prefix) in _looked_at:
        return
    _looked_at.add((folder, prefix))
    start = f"{prefix}{_machine()}-"
    with suppress(OSError):
        for left in folder.glob(f"{start}*"):
            with suppress(OSError):
                if _is_leftover(left, left.name.removeprefix(start).partition("-")[0]):
                    left.unlink() if not left.is_dir() or left.is_symlink() else shutil.rmtree(left)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for as long as the block lasts; one that a killed process left is taken away by the next call."""
    collect(Path(tempfile.gettempdir()), _FOLDER)
    with tempfile.TemporaryDirectory(prefix=own_name(_FOLDER)) as name:
        yield Path(name)


def _is_leftover(path: Path, process: str) -> bool:
    found = path.lstat()
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return own and time.time() - found.st_mtime > OLD and process.isdecimal() and not _lives(int(process))


def _lives(process: int) -> bool:
    """Whether there is a process of this number; where nobody can ask safely, as if there were."""
    if sys.platform == "win32":  # there os.kill would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        pass
    return True


@cache
def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"
