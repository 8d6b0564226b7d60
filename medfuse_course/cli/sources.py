"""What commands on files share: which files they were given, volumes on one grid, windows that are said aloud."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from medfuse_course.cli import console

if TYPE_CHECKING:
    from tqdm import tqdm

    from medfuse_course.datasets.intensity import Window
    from medfuse_course.datasets.volume import Volume
    from medfuse_course.datasets.volume_pair import VolumePair

_DICOM = ("series_a", "series_b", "no_suv")


def add_volume_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that only volumes know."""
    from medfuse_course.datasets.intensity import DEFAULT_WINDOW

    group = parser.add_argument_group("volumes (NIfTI, DICOM)")
    for side in "ab":
        group.add_argument(
            f"--window-{side}",
            metavar="WINDOW",
            help=f"which values of {side.upper()} become 0 and 1: hu:brain, hu:40,80 (level, width), suv:0-10, "
            f"range:0,1000, percentile:1,99 of the whole volume; default: {DEFAULT_WINDOW}",
        )
    group.add_argument("--resample", action="store_true", help="bring B onto the grid of A; nothing is registered")
    group.add_argument(
        "--axis", metavar="PLANE", default="axial", help="cut into axial, coronal or sagittal slices; default: axial"
    )
    add_dicom_options(parser)


def add_dicom_options(parser: argparse.ArgumentParser, sides: str = "ab") -> None:
    """Declare how a folder of DICOM series is read."""
    group = parser.add_argument_group("DICOM (pip install 'medfuse-course[dicom]')")
    for side in sides:
        group.add_argument(
            f"--series-{side}",
            metavar="UID",
            help=f"the series in the folder {side.upper()} that is meant, where there are several: its "
            "SeriesInstanceUID, or the end of it",
        )
    group.add_argument("--no-suv", action="store_true", help="leave a PET in its own unit, mostly Bq/ml")


def open_volume(arguments: argparse.Namespace, side: str) -> "Volume":
    """Open the volume of one side, and say what was used to get its values."""
    from medfuse_course.datasets.volume_files import read_volume

    volume = read_volume(getattr(arguments, side), getattr(arguments, f"series_{side}"), suv=not arguments.no_suv)
    for said in () if arguments.quiet else volume.notes:
        console.note(f"{side.upper()}: {said}")
    return volume


def are_volumes(paths: dict[str, Path], arguments: argparse.Namespace) -> bool:
    """Whether all are volumes; False when none is. A mixture, or a volume option for pictures, is a usage error."""
    from medfuse_course.datasets.volume_files import is_volume

    kinds = {name: is_volume(path) for name, path in paths.items()}
    if len(set(kinds.values())) > 1:
        for path in paths.values():
            if not path.exists():
                raise FileNotFoundError(f"{path}: no such file or folder; is the name spelled right?")
        words = {True: "a volume", False: "a picture"}
        said = ", ".join(f"{k} is {'a folder' if paths[k].is_dir() else words[v]}" for k, v in kinds.items())
        raise console.UsageError(f"expected only volumes (NIfTI, DICOM) or only pictures (PNG, NPY, ...): {said}")
    volumes = all(kinds.values())
    options = ("window_a", "window_b", "window", "neighbors", "resample", *_DICOM)
    given = [option for option in options if getattr(arguments, option, None)]
    if given and not volumes:
        option = given[0].replace("_", "-")
        raise console.UsageError(f"--{option} is for volumes; pictures hold values in [0, 1] on one grid already")
    return volumes


def open_sources(arguments: argparse.Namespace) -> "VolumePair":
    """Open A and B on one grid, fit the windows and say which they are."""
    from medfuse_course.datasets.volume_pair import check_plane, open_pair

    windows = [_parse_window(arguments, side) for side in "ab"]
    try:
        plane = check_plane(arguments.axis)
    except ValueError as reason:
        raise console.UsageError(f"--axis: {reason}") from reason
    given = open_pair(
        open_volume(arguments, "a"),
        open_volume(arguments, "b"),
        window_a=windows[0],
        window_b=windows[1],
        resample=arguments.resample,
        axis=plane,
    )
    if not arguments.quiet:
        console.note(f"A: {given.a.name}, window {given.window_a}")
        console.note(f"B: {given.b.name}, window {given.window_b}")
        if given.b.covered < 1:
            console.note(f"B covers {given.b.covered:.1%} of the voxels of A; the rest takes the smallest value of B")
    return given


def progress(count: int, quiet: bool, what: str) -> "tqdm[int]":
    """A range with a bar on stderr, on terminals only."""
    from tqdm import tqdm

    return tqdm(range(count), desc=what, unit="slice", disable=True if quiet else None, leave=False)


def check_target(out: Path, inputs: list[Path], overwrite: bool) -> None:
    """Say now, not after a long computation, that `out` cannot be written or must not be."""
    if out.is_dir():
        raise IsADirectoryError(f"{out}: expected a file to write, got a folder; add a file name")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out}: the folder {out.parent} does not exist; make it first")
    if out.exists():
        for path in inputs:
            if path.exists() and out.samefile(path):
                raise FileExistsError(f"{out}: is the input {path}; inputs are never written over, choose another name")
        if not overwrite:
            raise FileExistsError(f"{out}: exists; add --overwrite to replace it")
    if not os.access(out.parent, os.W_OK):
        raise PermissionError(f"{out}: no permission to write in {out.parent}")


def check_ending(out: Path, volumes: bool) -> None:
    """Say that the name of the output does not fit what the inputs are."""
    from medfuse_course.datasets.image_files import WRITABLE
    from medfuse_course.datasets.nifti import ENDINGS

    endings = ENDINGS if volumes else WRITABLE
    if not out.name.lower().endswith(endings):
        said = " or ".join(endings)
        raise console.UsageError(f"-o: expected a name that ends in {said} for these inputs, got {str(out)!r}")


def _parse_window(arguments: argparse.Namespace, side: str) -> "Window | None":
    from medfuse_course.datasets.intensity import parse_window

    text = getattr(arguments, f"window_{side}")
    try:
        return parse_window(text) if text else None
    except ValueError as reason:
        raise console.UsageError(f"--window-{side}: {str(reason).removeprefix('window: ')}") from reason
