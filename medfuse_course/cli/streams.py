"""The standard streams as a shell hands them over: closed, full, or in an encoding that lacks some signs of a table."""

import codecs
import io
import os
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

_PLAIN = {"↑": "^", "↓": "v", "→": ">", "−": "-", "–": "-", "×": "x", "±": "~", "°": " "}  # noqa: RUF001
"""One sign for one, so that columns stay columns."""


def make_usable() -> None:
    """Let every text be written to stdout and stderr, and every loss be noticed.

    A stream that is closed is opened again: stderr to nowhere, stdout so that writing to it fails as on a full disk.
    Left closed, its number would go to the next file that is opened, and with it whatever a library prints.
    """
    for name, flags, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_RDONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, flags)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115
    codecs.register_error("medfuse.plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="medfuse.plain")


def silence(stream: Any) -> None:
    """Let nothing more go to a stream that cannot be written, or Python complains when it ends."""
    # An error is raised when it is no file: then there is nothing to silence.
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write one sign that an encoding lacks with signs of ASCII; what a file name holds of raw bytes as these bytes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    if "\udc80" <= sign <= "\udcff":
        return os.fsencode(sign), error.start + 1
    nearest = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return _PLAIN.get(sign) or nearest or sign.encode("ascii", "backslashreplace").decode(), error.start + 1
