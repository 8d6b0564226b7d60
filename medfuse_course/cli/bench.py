"""``medfuse bench``."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console, sources

_DESCRIPTION = """\
Time the network of a fusion method by the ways there are to run it: PyTorch in float32, with channels last, compiled by
torch.compile where there is a C++ compiler; ONNX Runtime in float32 and in static int8; a GPU where there is one. On
one thread and on all.

All ways are timed in turn, and each row says how many times as fast as float32 it was in the same rounds: that ratio
travels to other machines better than milliseconds do. Beside it: how far the image is from that of float32 at most, in
gray values, and the size of the file. Needs pip install 'medfuse-course[torch,onnx]'."""

_EPILOG = """\
examples:
  medfuse bench
  medfuse bench densefuse --side 512 --threads 1,4
  medfuse bench readable_fusion --table throughput.csv"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "bench",
        parents=[common],
        help="time a network by the ways there are to run it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "method", metavar="METHOD", nargs="?", default="readable_fusion", help="default: readable_fusion"
    )
    parser.add_argument(
        "--side", type=console.whole(16, 8192), default=256, help="of the square images in pixels; default: 256"
    )
    parser.add_argument("--threads", type=console.numbers, metavar="LIST", help="default: 1, and all there are")
    parser.add_argument(
        "--rounds", type=console.whole(1, 1000), default=9, help="how often each way is timed; default: 9"
    )
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the rows to this CSV file, too")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument("--quiet", action="store_true", help="no notes on what could not be timed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.core.device import require_torch

    if arguments.table is not None:
        sources.check_target(arguments.table, [], arguments.overwrite)
    require_torch()
    from medfuse_course.core.files import atomic_path
    from medfuse_course.deployment.throughput import table_text, throughput

    with console.usage():
        rows, missing = throughput(
            arguments.method, side=arguments.side, threads=arguments.threads, rounds=arguments.rounds
        )
    lines = [
        (r.way, str(r.threads), f"{r.milliseconds:.1f}", f"{r.ratio:.2f}", f"{r.difference:.1e}", f"{r.kilobytes:.0f}")
        for r in rows
    ]
    if arguments.table is not None:
        with atomic_path(arguments.table, arguments.overwrite) as part:
            part.write_text(table_text(rows), encoding="utf8")
    console.table(("way", "threads", "ms", "x float32", "difference", "kB"), lines)
    for way, why in () if arguments.quiet else missing.items():
        console.note(f"{way}: not timed: {why}")
    return console.DONE
