"""``medfuse alignment``."""

import argparse
from typing import Any

from medfuse_course.cli import series

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
    series.add_options(parser, "training")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.alignment import TRAININGS, alignment_rows, write_alignment

    return series.carry_out(
        arguments,
        lambda: alignment_rows(arguments.trainings or TRAININGS, arguments.seeds),
        said=lambda row: f"{row.training}, seed {row.seed}: {row.landmark_mm:.2f} mm, {row.error_hu:.0f} HU",
        shown=write_alignment,
        written=write_alignment,
    )
