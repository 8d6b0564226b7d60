"""``medfuse modes``."""

import argparse
from typing import Any

from medfuse_course.cli import series

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
    series.add_options(parser, "game")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark.modes import DEFAULT_GAMES, mode_rows, mode_table, write_modes

    return series.carry_out(
        arguments,
        lambda: mode_rows(arguments.data, arguments.games or DEFAULT_GAMES, arguments.seeds),
        said=lambda row: (
            f"{row.data} {row.game} seed {row.seed}: {row.found} of {row.modes} modes, {row.good:.1%} good, "
            f"imbalance {row.imbalance:.3f}"
        ),
        shown=mode_table,
        written=write_modes,
    )
