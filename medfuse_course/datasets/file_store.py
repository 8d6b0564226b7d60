"""Files that are fetched on demand: a local folder first, then the cache, then a public address; always verified."""

import os
import re
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path, PurePosixPath, PureWindowsPath

from medfuse_course.core.download import DownloadError, download, is_whole
from medfuse_course.core.files import sha256_of

MOST_BYTES = 2**24
"""Of one image."""

_THREADS = 8  # small files: the time goes into waiting for the server


class DataUnavailableError(DownloadError):
    """A file is neither in the local folder nor in the cache, and could not be downloaded."""


@dataclass(frozen=True)
class Store:
    """Where a known set of files is found.

    Attributes
    ----------
    files
        Relative path to sha256, of every file there is.
    address
        What stands before the relative path in a download, ending in ``/``.
    cache
        Folder for downloads; made when needed.
    local
        Folder with some or all of the files, only read; None when there is none.
    retries
        How many times a failed download is tried again, with a growing pause.
    """

    files: Mapping[str, str]
    address: str
    cache: Path
    local: Path | None = None
    retries: int = 2

    def __post_init__(self) -> None:
        for file, sha256 in self.files.items():
            if not _stays_inside(file):
                raise ValueError(f"files: expected paths below the folder, such as MRI/1.png, got {file!r}")
            if not re.fullmatch("[0-9a-f]{64}", sha256):
                raise ValueError(f"files: expected 64 hexadecimal digits as the sha256 of {file!r}, got {sha256!r}")

    def find(self, file: str) -> Path | None:
        """The verified path of ``file`` if it is on this machine, else None.

        A damaged file in the cache counts as absent and is fetched again; one in the local folder is an error, because
        that folder is the reader's own.
        """
        if self.local is not None and (self.local / file).is_file():
            if sha256_of(self.local / file) != self.files[file]:
                raise ValueError(
                    f"{self.local / file}: its sha256 is not the expected one, so it is damaged or another image; "
                    "replace it, or take it out of MEDFUSE_DATA to have it downloaded"
                )
            return self.local / file
        cached = self.cache / file
        return cached if is_whole(cached, self.files[file]) else None

    def fetch(self, file: str) -> Path:
        """The verified path of ``file``, downloaded if need be; a file arrives whole and verified or not at all."""
        return self.find(file) or self._download(file)

    def fetch_all(self, files: Iterable[str], *, progress: bool = True) -> int:
        """Download those of ``files`` that are not on this machine, several at a time; return how many.

        The first failure stops the rest. What has arrived is kept, so the next call goes on from there.
        """
        from tqdm import tqdm

        missing = [file for file in files if self.find(file) is None]
        errors: list[OSError] = []
        stop = threading.Event()

        def fetch(file: str) -> None:
            try:
                if not errors:
                    self._download(file, stop)
            except OSError as error:
                errors.append(error)

        bar_off = None if progress and missing else True  # None: a bar on terminals only
        with ThreadPool(_THREADS) as workers:  # daemons: Ctrl-C and the end of Python wait for no server
            try:
                arriving = workers.imap_unordered(fetch, missing)
                deque(tqdm(arriving, total=len(missing), unit="file", desc="download", disable=bar_off), maxlen=0)
            finally:
                stop.set()
        if errors:
            raise errors[0]
        return len(missing)

    def _download(self, file: str, stop: threading.Event | None = None) -> Path:
        target = self.cache / file
        if not target.resolve().is_relative_to(self.cache.resolve()):
            raise ValueError(f"{target}: a link leads out of {self.cache}; remove it, nothing is written through it")
        try:
            download(
                f"{self.address}{file}", target, self.files[file], retries=self.retries, most=MOST_BYTES, stop=stop
            )
        except DownloadError as error:
            raise DataUnavailableError(
                f"{error}. Try again when the network is there: what has arrived is kept. Or set MEDFUSE_DATA to a "
                "folder that holds the images in the source's layout. The phantom pairs, such as 'head/mri-pet', need "
                "no download"
            ) from error
        return target


def _stays_inside(file: str) -> bool:
    """Whether a relative path of a manifest leads into the folder on every system, and not out of it."""
    path = PurePosixPath(file)
    return not (
        path.is_absolute() or ".." in path.parts or PureWindowsPath(file).drive or "\\" in file or not path.name
    )


def local_folder() -> Path | None:
    """The reader's own folder of images, ``MEDFUSE_DATA``; None when it is not set."""
    if not os.environ.get("MEDFUSE_DATA"):
        return None
    folder = Path(os.environ["MEDFUSE_DATA"])
    if not folder.is_dir():
        raise FileNotFoundError(f"MEDFUSE_DATA: expected a folder of images, got {folder}, which is not a folder")
    return folder
