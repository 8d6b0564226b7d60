"""Patches from a reader's own images: pairs of pictures or of NIfTI volumes in a folder."""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair
from medfuse_course.datasets.image_files import READABLE, ImageFileError, read_image
from medfuse_course.datasets.nifti import ENDINGS, is_nifti
from medfuse_course.datasets.volume_pair import VolumePair, open_pair
from medfuse_course.training.data.patches import Pool, cut_patches, gray_pair, validation_streams
from medfuse_course.training.recipe import Budget

SHOWN = 0.02
"""A slice of a volume counts if the standard deviation of both images is larger: the others show air."""


@dataclass(frozen=True)
class FolderPairs:
    """Pairs of gray patches ``a``, ``b``, ``(N, 1, patch, patch)``, cut from the pairs of a folder.

    By default ``folder/a/p01.png`` and ``folder/b/p01.png`` are a pair. Two images of a pair have one grid; pairs may
    differ in size. With subfolders ``train`` and ``val`` these say which is which; else whole subjects are held out.

    Attributes
    ----------
    folder
        Where the images lie: PNG, TIFF, BMP, JPEG, NPY or NIfTI.
    a, b
        Where in it, with one ``*`` for the name that both images of a pair share: ``"a/*"``, ``"*_mri.png"``,
        ``"*/pet.nii.gz"``.
    held_out
        Share of the subjects for validation, at least one; chosen by a hash of their names.
    subject
        A regular expression: what it matches at the start of a name is the subject. By default all before the first
        ``_`` or ``-``, so that ``p01_12.png`` and ``p01_13.png`` are slices of one.
    window_a, window_b, resample, axis
        Of volumes, as `fuse_volumes` takes them.
    swap
        Exchange the sources at random, so that the network learns no order.
    """

    folder: str | Path
    a: str = "a/*"
    b: str = "b/*"
    held_out: float = 0.2
    subject: str = "[^_-]+"
    window_a: str | None = None
    window_b: str | None = None
    resample: bool = False
    axis: str | int = "axial"
    swap: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.held_out < 1:
            raise ValueError(f"held_out: expected a share between 0 and 1, got {self.held_out!r}")
        if not isinstance(self.swap, bool):
            raise TypeError(f"swap: expected True or False, got {self.swap!r}")
        for name, pattern in (("a", self.a), ("b", self.b)):
            if pattern.count("*") != 1:
                raise ValueError(f"{name}: expected one * for the name of a pair, as in 'a/*', got {pattern!r}")

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        pool = self._pool("train", generator(seed, "folder", "train", number // budget.refresh), budget)
        streams = [generator(seed, "patches", "train", number, row) for row in range(budget.batch)[rows]]
        return cut_patches(pool, streams, budget.patch, swap=self.swap)

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen patches of the subjects that are held out."""
        pool = self._pool("val", generator(0, "folder", "val"), budget)
        return cut_patches(pool, validation_streams(16), budget.patch, swap=self.swap)

    def files(self, split: str) -> dict[str, tuple[Path, Path]]:
        """The pairs of ``"train"`` or ``"val"``: both files by name.

        Raises
        ------
        FileNotFoundError
            No such folder, no images in it, or a file without its partner.
        ValueError
            All pairs are of one subject.
        """
        root = Path(self.folder)
        if not root.is_dir():
            raise FileNotFoundError(f"folder: expected a folder of images, got {str(root)!r}, which is none")
        if (root / "train").is_dir() or (root / "val").is_dir():
            return _paired(root / split, self.a, self.b)
        found = _paired(root, self.a, self.b)
        subjects = {name: _subject(self.subject, name) for name in found}
        ordered = sorted(set(subjects.values()), key=lambda name: (zlib.crc32(name.encode()), name))
        if len(ordered) < 2:
            raise ValueError(
                f"{root}: expected pairs of two subjects at least, got those of {ordered[0]!r} alone, and a patient in "
                "both training and validation proves nothing; make folders train and val, or say subject=..."
            )
        held_out = ordered[: min(max(1, round(self.held_out * len(ordered))), len(ordered) - 1)]
        return {name: pair for name, pair in found.items() if (subjects[name] in held_out) == (split == "val")}

    def identity(self) -> str:
        """A hash of the names and contents of all files: another image makes it another run."""
        said = [
            (split, name, *(_content_of(path) for path in pair))
            for split in ("train", "val")
            for name, pair in self.files(split).items()
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def _pool(self, split: str, rng: np.random.Generator, budget: Budget) -> Pool:
        """As many pairs as the budget has in its pool, or all there are."""
        options = (self.window_a, self.window_b, self.resample, self.axis)
        views = [_View.of(*pair, options) for pair in self.files(split).values()]
        places = [(view, index) for view in views for index in _shown(view)]
        if not places:
            raise ImageFileError(f"{self.folder}: the volumes of {split!r} show nothing in these windows")
        chosen = [places[int(k)] for k in rng.choice(len(places), min(budget.pool, len(places)), replace=False)]
        pool = tuple(_read(view, index) for view, index in chosen)
        for (view, _), (image, _) in zip(chosen, pool, strict=True):
            if min(image.shape) < budget.patch:
                size = " x ".join(map(str, image.shape))
                raise ValueError(
                    f"{view.a}: {size} pixels are too few for patches of {budget.patch}; "
                    "lower Budget(patch=...), or leave the image out"
                )
        return pool


class _View(NamedTuple):
    """Two files, how they are seen if they are volumes, and when they were changed: what was read is kept so long."""

    a: Path
    b: Path
    options: tuple[str | None, str | None, bool, str | int]
    changed: tuple[int, int]

    @classmethod
    def of(cls, a: Path, b: Path, options: tuple[str | None, str | None, bool, str | int]) -> "_View":
        if is_nifti(a) != is_nifti(b):
            raise ImageFileError(f"{a}: expected two pictures or two volumes, got {b.name} beside it")
        return cls(a, b, options, (a.stat().st_mtime_ns, b.stat().st_mtime_ns))


def _subject(pattern: str, name: str) -> str:
    found = re.match(pattern, name)
    return found.group() if found else name


def _paired(root: Path, a: str, b: str) -> dict[str, tuple[Path, Path]]:
    """Both files of each name, in the order of the names."""
    first, second = _named(root, a), _named(root, b)
    if not first and not second:
        raise FileNotFoundError(f"{root}: no images {a} and {b}; expected such as {a.replace('*', 'p01.png')}")
    for there, others, pattern in ((first, second, b), (second, first, a)):
        if alone := there.keys() - others.keys():
            name = min(alone)
            partner = pattern.replace("*", name)
            raise FileNotFoundError(f"{there[name]}: no partner {partner} beside it; add it, or take this one away")
    return {name: (first[name], second[name]) for name in sorted(first)}


def _named(root: Path, pattern: str) -> dict[str, Path]:
    """Readable files that match, by what stands for the star."""
    before, _, after = pattern.partition("*")
    found: dict[str, Path] = {}
    for path in root.glob(pattern):
        ending = next((end for end in (*ENDINGS, *READABLE) if path.name.lower().endswith(end)), "")
        if ending and path.is_file() and not path.name.startswith("."):
            name = path.relative_to(root).as_posix().removeprefix(before)
            name = name.removesuffix(after) if after else name[: -len(ending)]
            if name in found:
                raise ImageFileError(f"{path}: two files of one name, {found[name].name} is another; keep one")
            found[name] = path
    return found


def _content_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=256)
def _shown(view: _View) -> tuple[int | None, ...]:
    """Numbers of the slices of two volumes that show something; of two pictures, None."""
    if not is_nifti(view.a):
        return (None,)
    volumes = _opened(view)
    deviations = [[image.std() for image in volumes.slice(k)] for k in range(volumes.count)]
    return tuple(k for k, of_both in enumerate(deviations) if min(of_both) > SHOWN)


@lru_cache(maxsize=64)
def _read(view: _View, index: int | None) -> tuple[Image, Image]:
    """Both images in gray: two pictures, or a slice of two volumes."""
    a, b = (read_image(view.a), read_image(view.b)) if index is None else _opened(view).slice(index)
    if a.shape[:2] != b.shape[:2]:
        of_a, of_b = (" x ".join(map(str, image.shape[:2])) for image in (a, b))
        raise ImageFileError(f"{view.b}: expected {of_a} pixels as in {view.a.name}, got {of_b}; register them first")
    return gray_pair(Pair(a, b, "own/a-b", ("a", "b")))


@lru_cache(maxsize=4)
def _opened(view: _View) -> VolumePair:
    """Two volumes on one grid with their windows."""
    window_a, window_b, resample, axis = view.options
    return open_pair(view.a, view.b, window_a=window_a, window_b=window_b, resample=resample, axis=axis)
