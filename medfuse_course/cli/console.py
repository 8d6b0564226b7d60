"""What the command says: results on stdout, everything else on stderr, each line marked as its own."""

import argparse
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from medfuse_course.cli import streams

MOST_NUMBERS = 10_000
"""Seeds or slices of one command line: what no run gets through is a slip of the keyboard."""

DONE, FAILED, USAGE, SIGNALED, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 128, 130, 141


class UsageError(Exception):
    """The command line itself is wrong, whatever the files hold."""


class OutputError(Exception):
    """Stdout cannot be written, for another reason than that nobody reads it."""


def out(text: str = "") -> None:
    """A line of the result, or several."""
    with output():
        sys.stdout.write(_printable(text, keep="\n\t") + "\n")


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
        sys.stderr.write(_printable(f"medfuse: {text}") + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        streams.silence(sys.stderr)


def error(text: str) -> None:
    """The one line that says what went wrong."""
    note(f"error: {text}")


def _printable(text: str, keep: str = "") -> str:
    """A text that commands no terminal. What the stream cannot write, `streams` writes with other signs.

    A file name may hold whatever clears a screen, hides a word or turns the rest of the line around.
    """
    odd = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, directions and what is invisible, halves of characters, line ends
    return "".join(
        c if c in keep or unicodedata.category(c) not in odd else c.encode("unicode_escape").decode() for c in text
    )


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
    ranges: list[range] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not (_is_short(first) and (not dash or (_is_short(last) and int(last) >= int(first)))):
            raise argparse.ArgumentTypeError(f"expected whole numbers below 2^32 as 0-9 or 0,3,5, got {_cut(text)!r}")
        ranges.append(range(int(first), int(last or first) + 1))
    if (count := sum(map(len, ranges))) > MOST_NUMBERS:
        raise argparse.ArgumentTypeError(f"expected at most {MOST_NUMBERS} numbers, got {count} in {_cut(text)!r}")
    return [number for part in ranges for number in part]


def whole(low: int, high: int) -> Callable[[str], int]:
    """Reads one whole number in a range, both ends among it."""

    def read(text: str) -> int:
        digits = text.removeprefix("-")
        if not _is_short(digits) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"expected a whole number from {low} to {high}, got {_cut(text)!r}")
        return int(text)

    return read


def _is_short(text: str) -> bool:
    """Digits of a number that fits into 32 bits, as seeds do."""
    return text.isdecimal() and len(text) < 11 and int(text) < 2**32


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
