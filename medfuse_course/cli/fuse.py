"""``medfuse fuse``."""

import argparse
import ast
from pathlib import Path
from typing import Any

import numpy as np

from medfuse_course.cli import console, sources

_METHOD = "laplacian_pyramid"
_BATCH = 8  # slices that a network sees at once
_DESCRIPTION = """\
Fuse two registered images of one scene into one: A is the anatomical source (MRI, or CT beside PET), B the other.

Pictures (PNG, TIFF, BMP, JPEG, NPY) count in [0, 1]; if one is RGB, its luminance is fused and its color kept.
NIfTI volumes are fused slice by slice; the result is float32 in [0, 1] with header and affine of A. Their values
become [0, 1] through the windows named here, by default percentiles of the whole volume, which are reported.
For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse fuse mri.png pet.png -o fused.png
  medfuse fuse mri.png ct.png -o fused.png --method laplacian_pyramid --option levels=5
  medfuse fuse t1.nii.gz ct.nii.gz -o fused.nii.gz --window-b hu:brain --resample
  medfuse fuse ct.nii.gz pet.nii.gz -o fused.nii.gz --window-a hu:soft-tissue --window-b suv:0-10

`medfuse list methods` names the methods and their options. Nothing is registered: align the images first.
The output appears whole or not at all. Exit codes: 0 done, 1 it could not be done, 2 the command line is wrong."""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "fuse",
        parents=[common],
        help="fuse two images or volumes",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", metavar="A", type=Path, help="anatomical source")
    parser.add_argument("b", metavar="B", type=Path, help="complementary source, on the same grid")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help=".png, .npy, .nii or .nii.gz")
    parser.add_argument("-m", "--method", metavar="NAME", default=_METHOD, help=f"default: {_METHOD}")
    parser.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="an option of the method; may be repeated"
    )
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8, help="bits a channel of a PNG; default: 8")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists (never an input)")
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress bar; errors are still said")
    sources.add_volume_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    options = _method_options(arguments)
    volumes = sources.are_volumes({"A": arguments.a, "B": arguments.b}, arguments)
    _check_ending(arguments.out, volumes)
    sources.check_target(arguments.out, [arguments.a, arguments.b], arguments.overwrite)
    with console.warnings_as_notes(arguments.quiet):
        (_fuse_volumes if volumes else _fuse_pictures)(arguments, options)
    if not arguments.quiet:
        console.note(f"wrote {arguments.out}")
    return console.DONE


def _fuse_pictures(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    from medfuse_course.datasets.images import read_image, write_image
    from medfuse_course.methods import fuse

    a, b = read_image(arguments.a), read_image(arguments.b)
    write_image(arguments.out, fuse(a, b, arguments.method, **options), bits=arguments.bits)


def _fuse_volumes(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    from medfuse_course.datasets.nifti import put_slice, write_volume
    from medfuse_course.methods import fuse_stack, get_method

    given = sources.open_sources(arguments)
    fused = np.empty(given.a.shape, np.float32)
    step = _BATCH if get_method(arguments.method).stacks else 1
    options.pop("color", None)  # volumes are gray
    with sources.progress(given.count, arguments.quiet, "fuse") as bar:
        for start in range(0, given.count, step):
            indices = range(start, min(start + step, given.count))
            a, b = (np.stack(side) for side in zip(*map(given.slice, indices), strict=True))
            for index, image in zip(indices, fuse_stack(a, b, arguments.method, **options), strict=True):
                put_slice(fused, index, image, given.a, given.plane)
            bar.update(len(indices))
    write_volume(arguments.out, fused, given.a)


def _method_options(arguments: argparse.Namespace) -> dict[str, Any]:
    from medfuse_course.core.registry import unknown
    from medfuse_course.methods import get_method

    with console.usage():
        method = get_method(arguments.method)
        if method.task != "fusion":
            raise ValueError(f"--method: {method.slug} does {method.task}, not fusion; see medfuse list methods")
        options = dict(_key_value(text) for text in arguments.option)
        for key in options:
            if key not in method.options and not (key == "color" and not method.color_native):
                raise ValueError(f"--option: {method.slug}: {unknown('option', key, method.options)}")
    return options


def _key_value(text: str) -> tuple[str, Any]:
    key, mark, value = text.partition("=")
    if not mark or not key.isidentifier() or not value:
        raise ValueError(f"--option: expected KEY=VALUE such as levels=4, got {text!r}")
    if value.lower() in ("true", "false", "none"):
        return key, {"true": True, "false": False, "none": None}[value.lower()]
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):  # a word
        return key, value


def _check_ending(out: Path, volumes: bool) -> None:
    from medfuse_course.datasets.images import WRITABLE
    from medfuse_course.datasets.nifti import ENDINGS

    endings = ENDINGS if volumes else WRITABLE
    if not out.name.lower().endswith(endings):
        said = " or ".join(endings)
        raise console.UsageError(f"-o: expected a name that ends in {said} for these inputs, got {str(out)!r}")
