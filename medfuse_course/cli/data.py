"""``medfuse data``: the real images, which the course does not ship."""

import argparse
from typing import Any

from medfuse_course.cli import console

_DESCRIPTION = """\
The real pairs of the course (AANLIB, the Whole Brain Atlas): 810 registered slices of CT, PET and SPECT with MRI,
fetched from a public copy at a pinned commit, verified, and split by subject. No head stands in two splits of CT and
SPECT. The pairs with PET are one head in three planes, so nothing measured on them is a claim about patients. The
course ships none of these images; the phantom pairs (head/...) need none of this."""

_EPILOG = """\
examples:
  medfuse data list
  medfuse data download --pair mri-ct --split train --split val
  medfuse data where

A download that was interrupted goes on where it stopped. MEDFUSE_DATA names a folder of your own that is looked
into first; MEDFUSE_CACHE another place for downloads."""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "data",
        help="list, download or locate the real images",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    look = actions.add_parser("list", parents=[common], help="pairs, splits, subjects, and how much is here")
    look.set_defaults(run=_list)
    where = actions.add_parser("where", parents=[common], help="the folders that are looked into")
    where.set_defaults(run=_where)
    fetch = actions.add_parser("download", parents=[common], help="fetch what is not yet here")
    fetch.add_argument(
        "--pair", action="append", metavar="NAME", help="mri-ct, mri-pet or mri-spect; repeat for more; default: all"
    )
    fetch.add_argument(
        "--split", action="append", metavar="NAME", help="train, val or test; repeat for more; default: all"
    )
    fetch.add_argument("--quiet", action="store_true", help="no progress bar")
    fetch.set_defaults(run=_download)


def _list(arguments: argparse.Namespace) -> int:
    from medfuse_course.datasets import aanlib

    store = aanlib.default_store()
    rows = []
    for pair in aanlib.MODALITIES:
        for split in aanlib.SPLITS:
            entries = aanlib.shipped_manifest().select([pair], [split])
            here = sum(all(store.find(file) for file in (entry.a, entry.b)) for entry in entries)
            cases = " ".join(map(str, aanlib.cases(pair, split)))
            subjects = str(len({entry.subject for entry in entries}))
            planes = " ".join(sorted({entry.plane for entry in entries}))
            rows.append((f"aanlib/{pair}", split, str(len(entries)), str(here), subjects, planes, cases))
    console.table(("pair", "split", "slices", "here", "subjects", "plane", "cases"), rows)
    for caution in filter(None, map(aanlib.caution, aanlib.MODALITIES)):
        console.out(f"\n{caution}")
    return console.DONE


def _where(arguments: argparse.Namespace) -> int:
    from medfuse_course.datasets import aanlib

    store = aanlib.default_store()
    console.table(
        ("what", "where"),
        [
            ("local", str(store.local or "none (set MEDFUSE_DATA)")),
            ("cache", f"{store.cache}{'' if store.cache.is_dir() else ' (not there yet)'}"),
            ("source", store.address),
        ],
    )
    return console.DONE


def _download(arguments: argparse.Namespace) -> int:
    from medfuse_course.datasets import aanlib

    with console.usage():
        aanlib.shipped_manifest().select(arguments.pair, arguments.split)
    report = aanlib.download(arguments.pair, arguments.split, progress=not arguments.quiet)
    console.out(f"{report.present} files were here, {report.fetched} were fetched into {report.cache}")
    return console.DONE
