"""What commands that run one method share: ``--method``, ``--option``, and where the result goes."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console


def add_method_options(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare output, method and options; ``--overwrite`` and ``--quiet``."""
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help=".png, .npy, .nii or .nii.gz")
    parser.add_argument("-m", "--method", metavar="NAME", default=default, help=f"default: {default}")
    parser.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="an option of the method; may be repeated"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists (never an input)")
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress bar; errors are still said")


def method_options(arguments: argparse.Namespace, task: str) -> dict[str, Any]:
    """The options of the method, read as it wants them; a method of another task or an unknown option is a usage error.

    Returns
    -------
    Values by name; of fusion those of `fuse` itself among them.
    """
    from medfuse_course.methods import TASKS, get_method
    from medfuse_course.methods.options import read_options, split_option
    from medfuse_course.methods.running import check_options

    with console.usage():
        method = get_method(arguments.method)
        if method.task != TASKS[task]:
            raise ValueError(f"--method: {method.slug} does {method.task}: use medfuse {method.task.verb}")
        try:
            known = method.options | method.verb_options
            options = read_options(dict(map(split_option, arguments.option)), known)
            check_options(method, options, method.verb_options)
        except (TypeError, ValueError) as error:
            raise ValueError(f"--option: {error}") from error
    return options
