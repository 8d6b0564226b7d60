"""One file from a pinned address: verified by its sha256, resumed where it stopped, whole or not at all."""

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from medfuse_course.core.files import sha256_of

MOST = 2**30
"""Bytes: no file that the course needs is larger."""

_CHUNK = 2**18
_PATIENCE, _SLOWEST = 60.0, 1000.0
"""Seconds after which a download is judged, and the bytes a second that it needs."""

_begun: set[Path] = set()


class DownloadError(OSError):
    """A file could not be downloaded."""


def cache_folder() -> Path:
    """The folder for downloads: ``MEDFUSE_CACHE``, else the platform's cache folder of this course.

    Raises
    ------
    FileNotFoundError
        There is none: the user has no home, as in a container whose user is only a number.
    """
    if os.environ.get("MEDFUSE_CACHE"):
        return Path(os.environ["MEDFUSE_CACHE"])
    import pooch

    try:
        folder = Path(pooch.os_cache("medfuse_course"))
    except RuntimeError:
        folder = Path("~")
    if not folder.is_absolute():  # a "~" for which nobody knows a folder
        raise FileNotFoundError("no folder for downloads: this user has no home; set MEDFUSE_CACHE to a folder")
    return folder


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there and has this sha256, or one that begins with it."""
    return path.is_file() and sha256_of(path).startswith(sha256)


def download(
    address: str,
    target: Path,
    sha256: str,
    *,
    retries: int = 2,
    most: int = MOST,
    stop: threading.Event | None = None,
    progress: bool = False,
) -> None:
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
    most
        Bytes that the file may have: a server that goes on for ever does not fill the disk.
    stop
        Once it is set, nothing more is read.
    progress
        Show a bar, on terminals only.

    Raises
    ------
    DownloadError
        The download failed, was stopped, came too slowly, or what arrived is not the expected file.
    OSError
        It could not be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.with_name(f"{target.name}.part")) as part:
            if is_whole(target, sha256):  # another process was quicker
                part.truncate(0)
            else:
                _fetch(address, part, sha256, retries, partial(_receive, most=most, stop=stop, progress=progress))
                _release(part)
                Path(part.name).replace(target)
    except DownloadError:
        raise
    except OSError as error:
        raise OSError(
            f"{target}: could not be written ({error.strerror or error}); set MEDFUSE_CACHE to another folder"
        ) from error


def _fetch(address: str, part: BinaryIO, sha256: str, retries: int, receive: Callable[[str, BinaryIO], str]) -> None:
    """Download into `part`, until it is whole."""
    # What is left of an earlier download may be damaged; to try it does not count as a retry.
    tries, reason = retries + 1 + (part.tell() > 0), ""
    for number in range(tries):
        time.sleep(min(number, 10))
        reason = receive(address, part)
        if is_whole(Path(part.name), sha256):  # whatever the server said of its length
            return
        if not reason:
            part.truncate(0)
            reason = "what arrived is not the expected file (its sha256 differs)"
    raise DownloadError(f"{address}: could not be downloaded ({reason})")


def _receive(address: str, part: BinaryIO, *, most: int, stop: threading.Event | None, progress: bool) -> str:
    """Append what is missing to `part`; returns why that failed, or an empty string. Some faults are final."""
    import requests  # heavy
    import urllib3

    have = part.seek(0, os.SEEK_END)
    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(address, headers=asked, stream=True, timeout=30) as answer:
            if answer.status_code in (200, 416):  # the server knows no ranges, or the part is longer than the file
                part.truncate(0)
            answer.raise_for_status()
            for size in _write(answer, part, progress):
                if size > most:
                    part.truncate(0)
                    raise DownloadError(f"{address}: expected at most {most:,} bytes, and the server sends more")
                if stop is not None and stop.is_set():
                    raise DownloadError(f"{address}: stopped; what has arrived is kept")
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        return _said(error)
    return ""


def _write(answer: Any, part: BinaryIO, progress: bool) -> Iterator[int]:
    """Append an answer to `part`, as it arrives; yields how long the file is, or will be, before that is written."""
    from tqdm import tqdm
    from urllib3.exceptions import HTTPError

    have = part.seek(0, os.SEEK_END)
    declared = answer.headers.get("Content-Length", "")
    total = have + int(declared) if declared.isdecimal() else None
    yield total or have
    read = getattr(answer.raw, "read1", answer.raw.read)  # what there is, without waiting for a whole chunk
    name = answer.url.rpartition("/")[2]
    hide = None if progress else True  # None: a bar on terminals only
    started, received = time.monotonic(), 0
    with tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=name, disable=hide, leave=False) as bar:
        while chunk := read(_CHUNK, decode_content=True):
            received += len(chunk)
            yield have + received
            part.write(chunk)
            part.flush()
            bar.update(len(chunk))
            seconds = time.monotonic() - started
            if seconds > _PATIENCE and received < _SLOWEST * seconds:
                raise HTTPError(f"it came at {received / seconds:.0f} bytes a second, less than {_SLOWEST:.0f}")


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
        _begun.add(path)
        try:
            yield part
        finally:
            _begun.discard(path)
            if path.exists() and not path.stat().st_size:
                _release(part)
                path.unlink()


@atexit.register
def _remove_empty() -> None:
    """Take away the parts of downloads that Python's end cuts off before anything came."""
    for path in tuple(_begun):
        with suppress(OSError):
            if not path.stat().st_size:
                path.unlink()


def _release(part: BinaryIO) -> None:
    if sys.platform == "win32":  # an open file cannot be renamed or removed there
        part.close()


def _said(error: BaseException) -> str:
    """The innermost cause in a few words; the outer ones repeat addresses and object ids."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
