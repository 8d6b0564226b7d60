"""``medfuse doctor``."""

import argparse
from typing import Any

from medfuse_course.cli import console


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor",
        parents=[common],
        help="say what this machine offers and what is missing",
        description="Say in one line which versions, device and memory there are, and in one line each what will not "
        "work. Exit code 1 when something will not.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.core.doctor import doctor

    report = doctor()
    console.out(str(report))
    return console.FAILED if report.problems else console.DONE
