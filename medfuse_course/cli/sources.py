"""What `fuse` and `evaluate` share: which files they were given, volumes on one grid, windows that are said aloud."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medfuse_course.cli import console
from medfuse_course.core.types import Image

if TYPE_CHECKING:
    from tqdm import tqdm

    from medfuse_course.datasets.intensity import Window
    from medfuse_course.datasets.nifti import Plane, Volume

DEFAULT_WINDOW = "percentile:0.5,99.5"


def add_volume_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that only volumes know."""
    group = parser.add_argument_group("NIfTI volumes")
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


def are_volumes(paths: dict[str, Path], arguments: argparse.Namespace) -> bool:
    """Whether all files are NIfTI; False when none is. A mixture, or a volume option for pictures, is a usage error."""
    from medfuse_course.datasets.nifti import is_nifti

    kinds = {name: is_nifti(path) for name, path in paths.items()}
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{name} is {'NIfTI' if nifti else 'a picture'}" for name, nifti in kinds.items())
        raise console.UsageError(f"expected only NIfTI volumes or only pictures (PNG, NPY, ...): {said}")
    volumes = all(kinds.values())
    given = [option for option in ("window_a", "window_b", "resample") if getattr(arguments, option)]
    if given and not volumes:
        option = given[0].replace("_", "-")
        raise console.UsageError(f"--{option} is for NIfTI volumes; pictures hold values in [0, 1] on one grid already")
    return volumes


@dataclass(frozen=True)
class Sources:
    """Two volumes on one grid, each with its fitted window."""

    a: "Volume"
    b: "Volume"
    window_a: "Window"
    window_b: "Window"
    plane: "Plane"

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.a.count(self.plane)

    def slice(self, index: int) -> tuple[Image, Image]:
        """The two sources of one slice, windowed."""
        return (
            self.window_a.apply(self.a.slice(index, self.plane)),
            self.window_b.apply(self.b.slice(index, self.plane)),
        )


def open_sources(arguments: argparse.Namespace) -> Sources:
    """Open A and B, compare their grids, resample if asked to, fit the windows and say which they are."""
    from medfuse_course.datasets.nifti import read_volume

    parsed = _parse_windows(arguments)
    plane = _parse_plane(arguments.axis)
    a, b = read_volume(arguments.a), read_volume(arguments.b)
    b = _on_one_grid(a, b, arguments)
    fitted = []
    for side, volume, window in zip("AB", (a, b), parsed, strict=True):
        fitted.append(_fit(window, volume, side))
        if not arguments.quiet:
            console.note(f"{side}: {volume.name}, window {fitted[-1]}")
    return Sources(a, b, fitted[0], fitted[1], plane)


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


def _parse_windows(arguments: argparse.Namespace) -> "list[Window]":
    from medfuse_course.datasets.intensity import parse_window

    parsed = []
    for side in "ab":
        try:
            parsed.append(parse_window(getattr(arguments, f"window_{side}") or DEFAULT_WINDOW))
        except ValueError as reason:
            raise console.UsageError(f"--window-{side}: {str(reason).removeprefix('window: ')}") from reason
    return parsed


def _parse_plane(name: str) -> "Plane":
    from typing import get_args

    from medfuse_course.core.registry import unknown
    from medfuse_course.datasets.nifti import Plane

    for plane in get_args(Plane):
        if name == plane:
            return plane
    raise console.UsageError(f"--axis: {unknown('plane', name, get_args(Plane))}")


def _on_one_grid(a: "Volume", b: "Volume", arguments: argparse.Namespace) -> "Volume":
    from medfuse_course.datasets.nifti import grid_distance, grids_match, resample_to

    if grids_match(a, b):
        return b
    if arguments.resample:
        return resample_to(b, a)
    sizes = [" x ".join(map(str, volume.shape)) for volume in (a, b)]
    raise ValueError(
        f"{b.name}: expected the grid of {a.name}, {sizes[0]} voxels, got {sizes[1]} voxels with corners up to "
        f"{grid_distance(a, b):.3g} mm away; add --resample to bring B onto the grid of A"
    )


def _fit(window: "Window", volume: "Volume", side: str) -> "Window":
    if window.kind != "percentile":
        return window
    try:
        return window.fit(volume.array())
    except ValueError as reason:
        if volume.name in str(reason):
            raise
        text = str(reason).removeprefix("array: ")
        raise ValueError(f"{volume.name}: {text} (--window-{side.lower()})") from reason
