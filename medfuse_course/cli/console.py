"""What the command says: results on stdout, everything else on stderr, each line marked as its own."""

import argparse
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from medfuse_course.cli import streams

DONE, FAILED, USAGE, SIGNALED, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 128, 130, 141


class UsageError(Exception):
    """The command line itself is wrong, whatever the files hold."""


class OutputError(Exception):
    """Stdout cannot be written, for another reason than that nobody reads it."""


def out(text: str = "") -> None:
    """A line of the result."""
    with output():
        sys.stdout.write(f"{text}\n")


@contextmanager
def output() -> Iterator[None]:
    """Inside, an error of the operating system is one of stdout."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as reason:
        raise OutputError(f"the output could not be written ({reason.strerror})") from reason


def note(text: str) -> None:
    """A line beside the result. Where nobody can read it, it is dropped: it decides nothing."""
    try:
        sys.stderr.write(f"medfuse: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        streams.silence(sys.stderr)


def error(text: str) -> None:
    """The one line that says what went wrong."""
    note(f"error: {text}")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns of text, aligned; the last one runs free."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        out("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def usage() -> Iterator[None]:
    """Inside, a wrong value is a wrong command line."""
    try:
        yield
    except (ValueError, TypeError) as reason:
        raise UsageError(str(reason)) from reason


@contextmanager
def warnings_as_notes(quiet: bool = False) -> Iterator[None]:
    """Say each different warning once, in one line, instead of Python's two with a file name."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        if not quiet:
            note(f"warning: {message}")


def numbers(text: str) -> list[int]:
    """``0-9`` or ``0,3,5`` or ``0-4,9`` as numbers."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not (last.isdecimal() and int(last) >= int(first))):
            raise argparse.ArgumentTypeError(f"expected whole numbers as 0-9 or 0,3,5, got {text!r}")
        numbers += range(int(first), int(last or first) + 1)
    return numbers
