"""``medfuse low-dose-ct``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medfuse_course.cli import console

if TYPE_CHECKING:
    from medfuse_course.benchmark.low_dose_ct import CtRow

_DESCRIPTION = """\
Train the networks for low-dose PET twice with each seed, without and with a CT beside the PET, and enhance patients
that no training saw. A network with a CT is given the right one, one that is shifted, and one of another breath. Some
patients have nodules that take up no tracer. A line is one patient and one training.

The table of the course (lowdose_l1 alone, with MEDFUSE_PROFILE=ship) takes about five minutes on one processor.
Networks and budgets are small: it ranks no published method."""

_EPILOG = """\
examples:
  medfuse low-dose-ct --networks lowdose_l1 --seeds 0
  MEDFUSE_PROFILE=ship medfuse low-dose-ct --networks lowdose_l1 --table low_dose_ct.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "low-dose-ct",
        parents=[common],
        help="measure what a CT beside a low-dose PET changes",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--networks", metavar="NAME", nargs="+", help="of lowdose_l1, lowdose_gan; default: both")
    parser.add_argument("--seeds", metavar="LIST", type=console.numbers, default=range(5), help="default: 0-4")
    parser.add_argument("--patients", metavar="LIST", type=console.numbers, default=range(12), help="default: 0-11")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write the lines to a CSV file too")
    parser.add_argument("--quiet", action="store_true", help="no notes on the way")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.low_dose_ct import NETWORKS, ct_rows, write_ct_rows
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.files import atomic_path

    require_torch()
    rows: list[CtRow] = []
    said: set[str] = set()
    with console.usage():
        if arguments.table and not arguments.table.parent.is_dir():
            raise ValueError(f"--table: the folder {arguments.table.parent} does not exist; make it first")
        tried = ct_rows(arguments.networks or NETWORKS, arguments.seeds, patients=arguments.patients)
    with console.warnings_as_notes(arguments.quiet):
        for row in tried:
            trained = f"{row.network}, seed {row.seed}, {'without a CT' if row.ct == 'none' else 'with a CT'}: trained"
            if not arguments.quiet and trained not in said:
                console.note(trained)
            said.add(trained)
            rows.append(row)
    text = write_ct_rows(rows)
    console.out(text.rstrip("\n"))
    if arguments.table:
        with atomic_path(arguments.table) as part:
            part.write_text(text, encoding="utf-8")
    return console.DONE
