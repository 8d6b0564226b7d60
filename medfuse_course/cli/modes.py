"""``medfuse modes``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medfuse_course.cli import console

if TYPE_CHECKING:
    from medfuse_course.benchmark.modes import ModeRow

_DESCRIPTION = """\
Play adversarial games on points of the plane and count what their generators find: modes found, share of good samples
(within 3 sigma of a center), imbalance (KL divergence from evenly shared modes, in nats), always all three together.

Means and spreads are over seeds, and each expected ordering says in how many seeds it holds. The whole table takes
less than ten minutes on one processor. Networks and budgets are small: it ranks no published method."""

_EPILOG = """\
examples:
  medfuse modes
  medfuse modes --data grid --games non_saturating wgan_gp --seeds 0-9 --table modes.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "modes",
        parents=[common],
        help="count the modes that adversarial games find",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", metavar="NAME", nargs="+", default=["grid", "ring"], help="default: grid ring")
    parser.add_argument(
        "--games",
        metavar="NAME",
        nargs="+",
        help="of saturating, non_saturating, lsgan, wgan, wgan_gp; default: all but the first",
    )
    parser.add_argument("--seeds", metavar="LIST", type=console.numbers, default=range(5), help="default: 0-4")
    parser.add_argument("--table", metavar="FILE", type=Path, help="write a line for each game to a CSV file too")
    parser.add_argument("--quiet", action="store_true", help="no notes on the way")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.modes import DEFAULT_GAMES, mode_rows, mode_table, write_modes
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.files import atomic_path

    require_torch()
    rows: list[ModeRow] = []
    with console.usage():
        if arguments.table and not arguments.table.parent.is_dir():
            raise ValueError(f"--table: the folder {arguments.table.parent} does not exist; make it first")
        played = mode_rows(arguments.data, arguments.games or DEFAULT_GAMES, arguments.seeds)
    with console.warnings_as_notes(arguments.quiet):
        for row in played:
            rows.append(row)
            if not arguments.quiet:
                console.note(
                    f"{row.data} {row.game} seed {row.seed}: {row.found} of {row.modes} modes, {row.good:.1%} good, "
                    f"imbalance {row.imbalance:.3f}"
                )
    console.out(mode_table(rows).rstrip("\n"))
    if arguments.table:
        with atomic_path(arguments.table) as part:
            part.write_text(write_modes(rows), encoding="utf-8")
    return console.DONE
