"""One file from a pinned address: verified by its sha256, resumed where it stopped, whole or not at all."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from medfuse_course.core.files import sha256_of

_CHUNK = 2**18


class DownloadError(OSError):
    """A file could not be downloaded."""


def cache_folder() -> Path:
    """The folder for downloads: ``MEDFUSE_CACHE``, else the platform's cache folder of this course."""
    if os.environ.get("MEDFUSE_CACHE"):
        return Path(os.environ["MEDFUSE_CACHE"])
    import pooch

    return Path(pooch.os_cache("medfuse_course"))


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there and has this sha256, or one that begins with it."""
    return path.is_file() and sha256_of(path).startswith(sha256)


def download(address: str, target: Path, sha256: str, *, retries: int = 2, progress: bool = False) -> None:
    """Fetch one file.

    What arrives goes to ``<target>.part``, which becomes ``target`` once it is verified. An interrupted download goes
    on from there. If two processes want the same file, one waits for the other.

    Parameters
    ----------
    address
        Where the file lies.
    target
        Where it goes; folders are made.
    sha256
        Of the file, or its first digits. A file with another sha256 is deleted.
    retries
        How many times a failed download is tried again, with a growing pause.
    progress
        Show a bar, on terminals only.

    Raises
    ------
    DownloadError
        The download failed, or what arrived is not the expected file.
    OSError
        It could not be written.
    """
    reason = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.with_name(f"{target.name}.part")) as part:
            if is_whole(target, sha256):  # another process was quicker
                part.truncate(0)
            elif not (reason := _fetch(address, part, sha256, retries, progress)):
                _release(part)
                Path(part.name).replace(target)
    except OSError as error:
        raise OSError(
            f"{target}: could not be written ({_said(error)}); set MEDFUSE_CACHE to another folder"
        ) from error
    if reason:
        raise DownloadError(f"{address}: could not be downloaded ({reason})")


def _fetch(address: str, part: BinaryIO, sha256: str, retries: int, progress: bool) -> str:
    """Download into `part`; returns why that failed, or an empty string."""
    # What is left of an earlier download may be damaged; to try it does not count as a retry.
    tries, reason = retries + 1 + (part.tell() > 0), ""
    for number in range(tries):
        time.sleep(min(number, 10))
        reason = _receive(address, part, progress)
        if not reason and is_whole(Path(part.name), sha256):
            return ""
        if not reason:
            part.truncate(0)
            reason = "what arrived is not the expected file (its sha256 differs)"
    return reason


def _receive(address: str, part: BinaryIO, progress: bool) -> str:
    """Append what is missing to `part`; returns why that failed, or an empty string."""
    import pooch  # heavy: it brings requests
    from requests.exceptions import RequestException
    from tqdm import tqdm

    have = part.seek(0, os.SEEK_END)

    def from_the_start(answer: Any, **_: Any) -> None:
        if answer.status_code in (200, 416):  # the server knows no ranges, or the part is longer than the file
            part.truncate(0)

    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    hide = None if progress else True  # None: a bar on terminals only
    with tqdm(total=1, unit="B", unit_scale=True, desc=address.rpartition("/")[2], disable=hide, leave=False) as bar:
        get = pooch.HTTPDownloader(bar, _CHUNK, timeout=30, headers=asked, hooks={"response": from_the_start})
        try:
            get(address, part, None)
        except RequestException as error:
            return _said(error)
    return ""


@contextmanager
def _alone(path: Path) -> Iterator[BinaryIO]:
    """Open a file to append to, for one process at a time; it is removed afterwards if it is empty."""
    while True:
        part = path.open("ab")
        if sys.platform != "win32":
            import fcntl

            with suppress(OSError):  # a file system without locks
                fcntl.flock(part, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(part.fileno()), path.stat()):
            break
        part.close()  # another process has renamed or removed it meanwhile
    with part:
        try:
            yield part
        finally:
            if path.exists() and not path.stat().st_size:
                _release(part)
                path.unlink()


def _release(part: BinaryIO) -> None:
    if sys.platform == "win32":  # an open file cannot be renamed or removed there
        part.close()


def _said(error: BaseException) -> str:
    """The innermost cause in a few words; the outer ones repeat addresses and object ids."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
