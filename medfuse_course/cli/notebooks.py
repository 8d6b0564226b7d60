"""``medfuse notebooks``."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "notebooks",
        parents=[common],
        help="make the student notebooks from the chapters",
        description="Make the student notebooks from the chapters: solutions out, hints folded, no outputs. "
        "The same chapters always give the same bytes.",
    )
    parser.add_argument("--chapters", type=Path, default=Path("chapters"), metavar="DIR", help="default: chapters")
    parser.add_argument("--out", type=Path, default=Path("notebooks"), metavar="DIR", help="default: notebooks")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a notebook is not what its chapter gives"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if not arguments.chapters.is_dir():
        raise FileNotFoundError(
            f"{arguments.chapters}: no such folder; run this in a checkout of the course, or use --chapters"
        )
    from medfuse_course.publishing.notebooks import write_notebooks

    changed = write_notebooks(arguments.chapters, arguments.out, check=arguments.check)
    for path in changed:
        console.out(f"{'differs' if arguments.check else 'written'}  {path}")
    return console.FAILED if arguments.check and changed else console.DONE
