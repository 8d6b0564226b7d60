"""``medfuse enhance``, ``medfuse synthesize``, ``medfuse segment``."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medfuse_course.cli import console, methods, sources

_END = """\

`medfuse list methods --task {slug}` names the methods and their options.
The output appears whole or not at all. Exit codes: 0 done, 1 it could not be done, 2 the command line is wrong."""


@dataclass(frozen=True)
class _Texts:
    """What the command of a task says of itself."""

    slug: str
    verb: str
    method: str
    short: str
    what: str
    examples: str


_ENHANCE = _Texts(
    "enhancement",
    "enhance",
    "nonlocal_means",
    "make a noisy quantitative image better",
    """\
Make a noisy image better and leave it quantitative: values >= 0 in a unit of their own, such as PET in SUV.

NPY and TIFF of floats hold any unit, NPY also an odd number of neighboring slices (D, H, W); pictures count in [0, 1].
Volumes (NIfTI, DICOM) are enhanced slice by slice; the result is NIfTI, float32 in their own unit, with their affine.
For teaching and research, not for clinical use.""",
    """\
examples:
  medfuse enhance pet.nii.gz -o better.nii.gz
  medfuse enhance pet.nii.gz -o better.nii.gz --method gaussian_denoise --option fwhm=3 --neighbors 1
  medfuse enhance low_dose.npy -o better.npy --option strength=1
""",
)
_SYNTHESIZE = _Texts(
    "synthesis",
    "synthesize",
    "regression_synthesis",
    "guess another modality in the same geometry",
    """\
Guess what another scanner would show of the same plane, such as a CT from an MRI. What the image lacks is made up.

Pictures count in [0, 1], and so does the result, in the window that the method states. Volumes (NIfTI, DICOM) are
windowed first (--window); the result is float32 in the unit of the method's window (HU), with their header and affine.
For teaching and research, not for clinical use.""",
    """\
examples:
  medfuse synthesize t1.nii.gz -o made_up_ct.nii.gz --window range:0,1000
  medfuse synthesize mri.png -o ct.png
""",
)
_SEGMENT = _Texts(
    "segmentation",
    "segment",
    "threshold_segmentation",
    "mark lesions in one image or two",
    """\
Mark what is sought, pixel by pixel: in one image, or in the anatomical A (CT in HU) and the other, B (PET in SUV).

NPY and TIFF of floats and volumes (NIfTI, DICOM) hold physical units; a method with thresholds in SUV has no use for
pictures in [0, 1]. A PET of DICOM becomes SUV. The result is 0 and 1, of volumes with the header and affine of A.
For teaching and research, not for clinical use.""",
    """\
examples:
  medfuse segment ct.nii.gz pet.nii.gz -o lesions.nii.gz --resample
  medfuse segment CT_FOLDER PET_FOLDER -o lesions.nii.gz --resample
  medfuse segment pet.npy -o lesions.png --option fraction=0 --option threshold=4
""",
)


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the three commands."""
    from medfuse_course.datasets.intensity import DEFAULT_WINDOW

    enhance = _declare(commands, common, _ENHANCE)
    enhance.add_argument(
        "--neighbors",
        type=console.whole(0, 1000),
        default=0,
        metavar="N",
        help="of volumes: slices on each side to look at; default: 0",
    )
    synthesize = _declare(commands, common, _SYNTHESIZE)
    synthesize.add_argument(
        "--window", metavar="WINDOW", help=f"of volumes: which values become 0 and 1; default: {DEFAULT_WINDOW}"
    )
    segment = _declare(commands, common, _SEGMENT)
    segment.add_argument("--resample", action="store_true", help="of volumes: bring B onto the grid of A")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    options = methods.method_options(arguments, arguments.task)
    paths = [path for path in (arguments.a, getattr(arguments, "b", None)) if path]
    volumes = sources.are_volumes(dict(zip("AB", paths, strict=False)), arguments)
    sources.check_ending(arguments.out, volumes)
    sources.check_target(arguments.out, paths, arguments.overwrite)
    with console.warnings_as_notes(arguments.quiet):
        (_volumes if volumes else _pictures)(arguments, paths, options)
    if not arguments.quiet:
        console.note(f"wrote {arguments.out}")
    return console.DONE


def _declare(commands: Any, common: argparse.ArgumentParser, texts: _Texts) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        texts.verb,
        parents=[common],
        help=texts.short,
        description=texts.what,
        epilog=texts.examples + _END.format(slug=texts.slug),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "a", metavar="A", type=Path, help="the image: .npy, .tif, .png, ..., .nii, .nii.gz, or a folder of DICOM"
    )
    if texts is _SEGMENT:
        parser.add_argument("b", metavar="B", type=Path, nargs="?", help="complementary image, on the same grid")
    methods.add_method_options(parser, texts.method)
    parser.add_argument(
        "--axis", metavar="PLANE", default="axial", help="of volumes: axial, coronal or sagittal slices; default: axial"
    )
    sources.add_dicom_options(parser, "ab" if texts is _SEGMENT else "a")
    parser.set_defaults(run=run, task=texts.slug)
    return parser


def _pictures(arguments: argparse.Namespace, paths: list[Path], options: dict[str, Any]) -> None:
    from medfuse_course.datasets.image_files import read_image, read_quantity, write_image, write_quantity
    from medfuse_course.methods import enhance, segment, synthesize

    if arguments.task == "synthesis":
        made = synthesize(read_image(paths[0]), arguments.method, **options)
        write_image(arguments.out, made, overwrite=arguments.overwrite)
    elif arguments.task == "enhancement":
        better = enhance(read_quantity(paths[0], stack=True), arguments.method, **options)
        write_quantity(arguments.out, better, overwrite=arguments.overwrite)
    else:
        a, b = read_quantity(paths[0]), read_quantity(paths[1]) if paths[1:] else None
        mask = segment(a, b, arguments.method, **options)
        write_quantity(arguments.out, mask.astype(np.float32), overwrite=arguments.overwrite)


def _volumes(arguments: argparse.Namespace, paths: list[Path], options: dict[str, Any]) -> None:
    from medfuse_course.methods import slicewise

    shared: dict[str, Any] = {"axis": arguments.axis, "progress": not arguments.quiet} | options
    a = sources.open_volume(arguments, "a")
    if arguments.task == "enhancement":
        made = slicewise.enhance_volume(a, arguments.method, neighbors=arguments.neighbors, **shared)
    elif arguments.task == "synthesis":
        made = slicewise.synthesize_volume(a, arguments.method, window=arguments.window, **shared)
        if not arguments.quiet:
            console.note(f"A: {paths[0]}, window {made.window}")
    else:
        b = sources.open_volume(arguments, "b") if arguments.b else None
        made = slicewise.segment_volume(a, b, arguments.method, resample=arguments.resample, **shared)
    made.to_nifti(arguments.out, overwrite=arguments.overwrite)
