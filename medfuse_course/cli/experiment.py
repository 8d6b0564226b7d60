"""``medfuse experiment``."""

import argparse
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from medfuse_course.cli import console

_DESCRIPTION = """\
Run an experiment of the course: train each of its arms with each seed, and print the means with 95 % intervals over
seeds. What it claims, against which baseline, and what would refute it is said first.

A table that is there already is gone on with: what it holds is not run again, and each arm and seed adds to it. Data,
networks and budgets are small: no experiment ranks a published method."""

_EPILOG = """\
examples:
  medfuse list experiments
  medfuse experiment alignment --table alignment.csv
  medfuse experiment modes --arms wgan wgan_gp --seeds 0-9 --table modes.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "experiment",
        parents=[common],
        help="run an experiment of the course: trainings, compared over seeds",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    from medfuse_course.core.profile import Profile

    parser.add_argument("name", metavar="NAME", help="of `medfuse list experiments`")
    parser.add_argument("--arms", metavar="ARM", nargs="+", help="some of what is compared; default: all")
    parser.add_argument("--seeds", metavar="LIST", type=console.numbers, default=range(5), help="default: 0-4")
    parser.add_argument(
        "--profile", choices=get_args(Profile), help="how much work; default: that of the table of the course"
    )
    parser.add_argument("--table", metavar="FILE", type=Path, help="write the rows to this CSV file, or go on with it")
    parser.add_argument("--quiet", action="store_true", help="no notes on the way")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark import experiments
    from medfuse_course.core.device import require_torch

    table = arguments.table
    with console.usage():
        experiment = experiments.find_experiment(arguments.name)
        if table and not table.parent.is_dir():
            raise ValueError(f"--table: the folder {table.parent} does not exist; make it first")
        require_torch()
        made = experiments.run_experiment(
            experiment.name, arguments.arms, arguments.seeds, arguments.profile, table=table
        )
    if not arguments.quiet:
        for line in experiments.describe_experiment(experiment.name).replace("**", "").splitlines():
            console.note(line.removeprefix("- "))
    rows: list[Any] = []
    with console.warnings_as_notes(arguments.quiet):
        for (arm, seed), of_unit in groupby(made, key=experiment.unit_of):
            rows += of_unit
            if not arguments.quiet:
                console.note(f"{arm}, seed {seed}: done")
    console.out(experiments.show_rows(experiment, rows).rstrip("\n"))
    return console.DONE
