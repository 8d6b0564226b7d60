"""A command that trains anew for each row of a table: a note on each, the table at the end, a file where asked."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from medfuse_course.cli import console

Row = TypeVar("Row")


def add_options(parser: argparse.ArgumentParser, row: str) -> None:
    """Seeds, the file of the table and silence; `row` says what a line of the table is."""
    parser.add_argument("--seeds", metavar="LIST", type=console.numbers, default=range(5), help="default: 0-4")
    parser.add_argument("--table", metavar="FILE", type=Path, help=f"write a line for each {row} to a CSV file too")
    parser.add_argument("--quiet", action="store_true", help="no notes on the way")


def carry_out(
    arguments: argparse.Namespace,
    tried: Callable[[], Iterable[Row]],
    *,
    said: Callable[[Row], str],
    shown: Callable[[list[Row]], str],
    written: Callable[[list[Row]], str],
) -> int:
    """Carry such a command out.

    Parameters
    ----------
    arguments
        Those of `add_options` among them.
    tried
        Checks what is asked and gives the rows as they are made.
    said
        The note on a row.
    shown, written
        What is printed, and what the file holds.

    Returns
    -------
    `console.DONE`.
    """
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.files import atomic_path

    require_torch()
    with console.usage():
        if arguments.table and not arguments.table.parent.is_dir():
            raise ValueError(f"--table: the folder {arguments.table.parent} does not exist; make it first")
        made = tried()
    rows: list[Row] = []
    with console.warnings_as_notes(arguments.quiet):
        for row in made:
            rows.append(row)
            if not arguments.quiet:
                console.note(said(row))
    console.out(shown(rows).rstrip("\n"))
    if arguments.table:
        with atomic_path(arguments.table) as part:
            part.write_text(written(rows), encoding="utf-8")
    return console.DONE
