"""``medfuse segmentation``."""

import argparse
from itertools import groupby
from typing import Any

from medfuse_course.cli import console, series

_DESCRIPTION = """\
Train networks that mark lesions on CT and PET, which differ in where the two meet, and try them on patients that no
training saw: with lesions alone, and with what looks like a lesion in one of the modalities only. Thresholds stand
beside. What is printed are means over patients and seeds; a line of the file is one patient and one training.

A table that is there already is gone on with: what it holds is not trained again, and each training adds to it.
The whole table takes about a quarter of an hour on one processor. It ranks no published method."""

_EPILOG = """\
examples:
  medfuse segmentation --strategies early attention --seeds 0
  medfuse segmentation --table segmentation.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "segmentation",
        parents=[common],
        help="measure what it matters where CT and PET meet",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--strategies", metavar="NAME", nargs="+", help="networks and thresholds; default: all")
    parser.add_argument("--patients", metavar="LIST", type=console.numbers, default=range(16), help="default: 0-15")
    series.add_options(parser, "image")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark import lesion_table as table
    from medfuse_course.benchmark.segmentation import segmentation_rows
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.files import atomic_path

    require_torch()
    path, names = arguments.table, arguments.strategies or table.STRATEGIES
    with console.usage():
        if path and not path.parent.is_dir():
            raise ValueError(f"--table: the folder {path.parent} does not exist; make it first")
        done = table.read_segmentation_rows(path) if path and path.exists() else []
        made = segmentation_rows(names, arguments.seeds, patients=arguments.patients, done=done)
    rows: list[table.SegmentationRow] = []
    with console.warnings_as_notes(arguments.quiet):
        for (name, seed), tried in groupby(made, key=lambda row: (row.strategy, row.seed)):
            rows += tried
            if path:
                with atomic_path(path) as part:
                    part.write_text(table.write_segmentation_rows(table.in_order([*done, *rows])), encoding="utf-8")
            if not arguments.quiet:
                console.note(f"{name}, seed {seed}: done")
    console.out(table.segmentation_table(rows).rstrip("\n"))
    return console.DONE
