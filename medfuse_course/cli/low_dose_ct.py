"""``medfuse low-dose-ct``."""

import argparse
from typing import Any

from medfuse_course.cli import console, series

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
    parser.add_argument("--patients", metavar="LIST", type=console.numbers, default=range(12), help="default: 0-11")
    series.add_options(parser, "image")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.low_dose_ct import NETWORKS, ct_rows, write_ct_rows

    return series.carry_out(
        arguments,
        lambda: ct_rows(arguments.networks or NETWORKS, arguments.seeds, patients=arguments.patients),
        said=lambda row: (
            f"{row.network}, seed {row.seed}, CT {row.ct}, {row.lesions} lesions at {row.dose:g}, "
            f"patient {row.patient}: {row.psnr:.1f} dB"
        ),
        shown=write_ct_rows,
        written=write_ct_rows,
    )
