"""``medfuse alignment``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medfuse_course.cli import console

if TYPE_CHECKING:
    from medfuse_course.benchmark.alignment import AlignmentRow

_DESCRIPTION = """\
Train CycleGAN and DiCyc on MRI of some phantom heads and CT of others that are 8 % larger; then measure on heads that
no training saw how far surface and skull of the made CT lie from the true ones (mm), the mean error (HU), and how much
the contrast of lesions is off (HU). A line is one training. In dicyc_at_once the alignment has its full weight from the
first step.

The whole table takes about eight minutes on one processor. Networks and budgets are small: it ranks no published
method."""

_EPILOG = """\
examples:
  medfuse alignment
  medfuse alignment --trainings dicyc --seeds 5-9 --table alignment.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "alignment",
        parents=[common],
        help="measure how far translations without pairs move a head",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--trainings",
        metavar="NAME",
        nargs="+",
        help="of cyclegan, dicyc, dicyc_at_once; default: all",
    )
    parser.add_argument("--seeds", metavar="LIST", type=console.numbers, default=range(5), help="default: 0-4")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write a line for each training to a CSV file too")
    parser.add_argument("--quiet", action="store_true", help="no notes on the way")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.alignment import TRAININGS, alignment_rows, write_alignment
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.files import atomic_path

    require_torch()
    rows: list[AlignmentRow] = []
    with console.usage():
        if arguments.table and not arguments.table.parent.is_dir():
            raise ValueError(f"--table: the folder {arguments.table.parent} does not exist; make it first")
        tried = alignment_rows(arguments.trainings or TRAININGS, arguments.seeds)
    with console.warnings_as_notes(arguments.quiet):
        for row in tried:
            rows.append(row)
            if not arguments.quiet:
                console.note(f"{row.training}, seed {row.seed}: {row.landmark_mm:.2f} mm, {row.error_hu:.0f} HU")
    text = write_alignment(rows)
    console.out(text.rstrip("\n"))
    if arguments.table:
        with atomic_path(arguments.table) as part:
            part.write_text(text, encoding="utf-8")
    return console.DONE
