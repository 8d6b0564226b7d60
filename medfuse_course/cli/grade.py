"""``medfuse grade``."""

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from medfuse_course.cli import console

_DESCRIPTION = """\
Grade notebooks that students handed in: run each in a process of its own and judge its answers outside of that process,
with this library. What a notebook prints, shows or claims does not count.

A notebook runs in a scratch folder, with bounds on time and memory, and on Linux without a network where the system
allows that (the notes say which). This protects from accidents and simple cheats and is no jail: the process has the
rights of your user. Grade notebooks of strangers in a container or a virtual machine. Solutions are in the book, so a
right answer may be a copied one."""

_EPILOG = """\
examples:
  medfuse grade pyramids_lee.ipynb pyramids_kim.ipynb
  medfuse grade handed_in/ --out grades.csv --jobs 4
  medfuse grade handed_in/ --out grades.csv --time-limit 300    what is in grades.csv already is not run again

In a folder each notebook is a student, and so is each folder in it, with all notebooks there.

results:
  passed   the check accepts the answer
  failed   it does not; the sentence says why
  missing  no answer: not attempted, deleted, or its cell raised
  crashed  the process ended, or the file is no notebook of this course
  timeout  a cell or an answer ran for too long
  by hand  the answer cannot leave its process as data (a network, a game); run its check in the notebook

Exit codes: 0 graded, whatever the grades are; 1 it could not be done; 2 the command line is wrong."""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "grade",
        parents=[common],
        help="grade notebooks that students handed in",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("notebooks", metavar="NOTEBOOK", type=Path, nargs="+", help="notebooks, or folders of them")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the rows to this CSV file, or go on with it")
    parser.add_argument("--jobs", metavar="N", type=int, default=1, help="notebooks at the same time; default: 1")
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=float,
        default=120.0,
        help="for one cell, and for one call of an answer; a notebook may take twenty times as long; default: 120",
    )
    parser.add_argument(
        "--memory-limit", metavar="GB", type=float, default=8.0, help="address space of a process; default: 8"
    )
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    for name, least in (("jobs", 1), ("time_limit", 0.1), ("memory_limit", 0.5)):
        if not least <= getattr(arguments, name) < 1e6:
            flag = name.replace("_", "-")
            raise console.UsageError(f"--{flag}: expected a number from {least}, got {getattr(arguments, name):g}")
    if arguments.out is not None and not arguments.out.parent.is_dir():
        raise FileNotFoundError(f"--out: the folder {arguments.out.parent} does not exist; make it first")
    from tqdm import tqdm

    from medfuse_course.grading import RESULTS, Limits, find_submissions, grade, isolation

    limits = Limits(seconds=arguments.time_limit, memory=int(arguments.memory_limit * 2**30))
    submissions = list(find_submissions(arguments.notebooks))
    if not arguments.quiet:
        console.note(isolation())
    rows: list[dict[str, str]] = []
    hidden = True if arguments.quiet else None
    with tqdm(total=len(submissions), desc="grade", unit="notebook", disable=hidden, leave=False) as bar:
        for _, of_one in grade(submissions, limits, arguments.jobs, arguments.out):
            rows += of_one
            bar.update()
    lines = [(row["student"], row["exercise"], row["result"], _short(row["sentence"])) for row in rows]
    console.table(("student", "exercise", "result", "sentence"), lines)
    if not arguments.quiet:
        count = Counter(row["result"] for row in rows)
        console.note(", ".join(f"{count[result]} {result}" for result in RESULTS if count[result]))
        if arguments.out is not None:
            console.note(f"wrote {arguments.out}")
    return console.DONE


def _short(sentence: str) -> str:
    """What fits into a line of a terminal; the file has the whole."""
    first = re.sub(r" Hint: .*", "", sentence)
    return first if len(first) <= 100 else first[:97] + "..."
