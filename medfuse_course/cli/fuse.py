"""``medfuse fuse``."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console, methods, sources

_METHOD = "laplacian_pyramid"
_DESCRIPTION = """\
Fuse two registered images of one scene into one: A is the anatomical source (MRI, or CT beside PET), B the other.

Pictures (PNG, TIFF, BMP, JPEG, NPY) count in [0, 1]; if one is RGB, its luminance is fused and its color kept.
Volumes (NIfTI files, or folders with one DICOM series of CT, PET or MR) are fused slice by slice; the result is NIfTI,
float32 in [0, 1], with the affine of A. Their values become [0, 1] through the windows named here, by default
percentiles of the whole volume, which are reported. A PET of DICOM becomes SUV by body weight, and what of its header
was used is reported. Nothing of a DICOM header but the geometry goes into the result.
For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse fuse mri.png pet.png -o fused.png
  medfuse fuse mri.png ct.png -o fused.png --method laplacian_pyramid --option levels=5
  medfuse fuse t1.nii.gz ct.nii.gz -o fused.nii.gz --window-b hu:brain --resample
  medfuse fuse ct.nii.gz pet.nii.gz -o fused.nii.gz --window-a hu:soft-tissue --window-b suv:0-10
  medfuse fuse CT_FOLDER PET_FOLDER -o fused.nii.gz --window-a hu:soft-tissue --window-b suv:0-10 --resample

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
    methods.add_method_options(parser, _METHOD)
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8, help="bits a channel of a PNG; default: 8")
    sources.add_volume_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    options = methods.method_options(arguments, "fusion")
    volumes = sources.are_volumes({"A": arguments.a, "B": arguments.b}, arguments)
    sources.check_ending(arguments.out, volumes)
    sources.check_target(arguments.out, [arguments.a, arguments.b], arguments.overwrite)
    with console.warnings_as_notes(arguments.quiet):
        (_fuse_volumes if volumes else _fuse_pictures)(arguments, options)
    if not arguments.quiet:
        console.note(f"wrote {arguments.out}")
    return console.DONE


def _fuse_pictures(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    from medfuse_course.datasets.image_files import read_image, write_image
    from medfuse_course.methods import fuse
    from medfuse_course.methods.adapter import color_source

    a, b = read_image(arguments.a), read_image(arguments.b)
    if (source := color_source(a, b)) and not arguments.quiet:
        told = {"a": arguments.a, "b": arguments.b, "both": f"{arguments.a} and {arguments.b}"}[source]
        console.note(f"color: from {told}")
    fused = fuse(a, b, arguments.method, **options)
    write_image(arguments.out, fused, bits=arguments.bits, overwrite=arguments.overwrite)


def _fuse_volumes(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    from medfuse_course.methods.volumes import fuse_volume_pair

    options.pop("color", None)  # volumes are gray
    given = sources.open_sources(arguments)
    fused = fuse_volume_pair(given, arguments.method, progress=not arguments.quiet, **options)
    fused.to_nifti(arguments.out, overwrite=arguments.overwrite)
