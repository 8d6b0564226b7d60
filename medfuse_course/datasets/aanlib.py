"""AANLIB, the Whole Brain Atlas: real registered pairs, fetched on demand, verified, split by subject.

The project ships none of these images, only a manifest: the address and commit of a public copy, and for each of the
810 pairs its scan (*case*), slice, plane, split, whose head it is (*subject*) and the sha256 of both files. A file is
looked for in the folder that ``MEDFUSE_DATA`` names (the source's own layout, complete or not), then in the cache
(``MEDFUSE_CACHE``, else the platform's cache folder), and only then downloaded.

Of CT and SPECT no subject stands in two splits: learn on ``train``, choose on ``val``, report on ``test`` and never
choose there. **The three MRI/PET cases are one head in three planes**: ``train`` holds it in coronal slices, ``val`` in
sagittal and ``test`` in axial ones. So these splits keep nothing apart, nothing can be chosen by them, and nothing that
is measured there is a claim about patients. The source does not say so; `one_head` shows it.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache as remember
from pathlib import Path

from medfuse_course.core.download import cache_folder
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import check_name
from medfuse_course.datasets.file_store import Store, local_folder
from medfuse_course.datasets.image_files import read_image
from medfuse_course.datasets.pair import Pair

SPLITS = ("train", "val", "test")
MODALITIES = {"mri-ct": ("MRI", "CT"), "mri-pet": ("MRI", "PET"), "mri-spect": ("MRI", "SPECT")}


@dataclass(frozen=True)
class Entry:
    """One pair of the manifest: `a` is the MRI, `b` the CT, PET or SPECT; paths are relative to the source.

    `case` is a number of the source: one scan in one `plane`. `subject` says whose head it is.
    """

    pair: str
    split: str
    case: int
    slice: int
    a: str
    a_sha256: str
    b: str
    b_sha256: str
    subject: str
    plane: str


@dataclass(frozen=True)
class Manifest:
    """What the source holds, at one commit."""

    source: str
    commit: str
    origin: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Manifest":
        """Read a manifest from its JSON file.

        Raises
        ------
        ValueError
            It is no manifest; the message says what is wrong.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            entries = tuple(Entry(**entry) for entry in content["pairs"])
            return cls(content["source"], content["commit"], content["origin"], entries)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: not a manifest of image pairs ({type(error).__name__}: {error})") from error

    @property
    def address(self) -> str:
        """The address under which the files of the pinned commit lie."""
        repository = self.source.removeprefix("https://github.com/").strip("/")
        return f"https://raw.githubusercontent.com/{repository}/{self.commit}/"

    def select(self, pairs: Iterable[str] | None = None, splits: Iterable[str] | None = None) -> tuple[Entry, ...]:
        """The entries of some pairs (``"mri-ct"`` or ``"aanlib/mri-ct"``) and splits; all of them by default."""
        known = tuple(dict.fromkeys(entry.pair for entry in self.entries))
        wanted = (
            known if pairs is None else [check_name("AANLIB pair", p.removeprefix("aanlib/"), known) for p in pairs]
        )
        allowed = SPLITS if splits is None else [check_name("split", split, SPLITS) for split in splits]
        return tuple(entry for entry in self.entries if entry.pair in wanted and entry.split in allowed)

    def store(self, cache: Path, local: Path | None = None, *, address: str | None = None, retries: int = 2) -> Store:
        """Where the files of this manifest are found; ``address`` replaces the public one, for a mirror."""
        return Store(_files(self.entries), address or self.address, cache, local, retries)


@remember
def shipped_manifest() -> Manifest:
    """The manifest that ships with the course: 810 pairs."""
    return Manifest.read(data_path("aanlib", "manifest.json"))


def default_store() -> Store:
    """The files of the shipped manifest, in the folders that ``MEDFUSE_DATA`` and ``MEDFUSE_CACHE`` name."""
    manifest = shipped_manifest()
    return manifest.store(cache_folder() / "aanlib" / manifest.commit[:12], local_folder())


def cases(pair: str, split: str = "train", *, manifest: Manifest | None = None) -> dict[int, tuple[int, ...]]:
    """The cases of ``pair`` in ``split``, each with its slices, in order. Two cases may be one subject: `subjects`."""
    found: dict[int, list[int]] = {}
    for entry in (manifest or shipped_manifest()).select([pair], [split]):
        found.setdefault(entry.case, []).append(entry.slice)
    if not found:
        raise ValueError(f"split: {pair} has no case in {split!r}")
    return {case: tuple(sorted(slices)) for case, slices in sorted(found.items())}


def subjects(pair: str, splits: Iterable[str] | None = None, *, manifest: Manifest | None = None) -> dict[int, str]:
    """Whose head each case of ``pair`` is, in some splits; in all of them by default."""
    entries = (manifest or shipped_manifest()).select([pair], splits)
    return dict(sorted({entry.case: entry.subject for entry in entries}.items()))


def caution(pair: str, *, manifest: Manifest | None = None) -> str:
    """What the splits of ``pair`` do not keep apart, as a sentence; empty where no subject stands in two splits."""
    entries = (manifest or shipped_manifest()).select([pair])
    everywhere: dict[str, dict[str, str]] = {}
    for entry in entries:
        everywhere.setdefault(entry.subject, {})[entry.split] = entry.plane
    shared = [planes for planes in everywhere.values() if len(planes) > 1]
    if not shared:
        return ""
    if len(everywhere) == 1:
        (planes,) = shared
        told = ", ".join(f"{split} {planes[split]}" for split in SPLITS if split in planes)
        return (
            f"{pair.removeprefix('aanlib/')} is one head in {len(set(planes.values()))} planes ({told}): nothing "
            "measured there is a claim about patients"
        )
    verb = "subject of {} stands" if len(shared) == 1 else "subjects of {} stand"
    return f"{len(shared)} {verb.format(pair.removeprefix('aanlib/'))} in more than one split"


def load(name: str, *, slice: int | None = None, case: int | None = None, split: str = "train", seed: int = 0) -> Pair:
    """Load one real pair.

    Parameters
    ----------
    name
        ``"aanlib/mri-ct"``, ``"aanlib/mri-pet"`` or ``"aanlib/mri-spect"``.
    slice
        Slice number of the source; the middle slice of the case by default.
    case
        Number of the source for one scan; by default the one that `seed` chooses.
    split
        ``"train"``, ``"val"`` or ``"test"``. A test case is never loaded without saying so. The splits of
        ``"aanlib/mri-pet"`` are three planes of **one** head: nothing measured there is a claim about patients.
    seed
        Without `case`: which case of `split`, counted from 0.

    Returns
    -------
    Pair with a gray MRI and a gray CT or an RGB (pseudo-colored) PET or SPECT, 256 x 256, 8-bit values over 255. The
    atlas states no pixel size and no intensity window, so both are None.

    Raises
    ------
    UnknownNameError, ValueError
        No such pair, split, case or slice; the message says which there are.
    DataUnavailableError
        Neither on this machine nor to be downloaded.
    """
    return load_from(shipped_manifest(), default_store(), name, slice=slice, case=case, split=split, seed=seed)


def load_from(
    manifest: Manifest,
    store: Store,
    name: str,
    *,
    slice: int | None = None,
    case: int | None = None,
    split: str = "train",
    seed: int = 0,
) -> Pair:
    """`load`, from another manifest or another place."""
    entry = _entry(manifest, name, slice, _case(manifest, name, case, split, seed), split)
    a, b = (read_image(store.fetch(file)) for file in (entry.a, entry.b))
    origin = {"source": manifest.source, "commit": manifest.commit, "origin": manifest.origin}
    return Pair(a, b, f"aanlib/{entry.pair}", MODALITIES[entry.pair], provenance=origin | asdict(entry))


@dataclass(frozen=True)
class DownloadReport:
    """What `download` did: the cache folder, how many files were on this machine before, how many were downloaded."""

    cache: Path
    present: int
    fetched: int


def download(
    pairs: Iterable[str] | None = None,
    splits: Iterable[str] | None = None,
    cases: Iterable[int] | None = None,
    *,
    manifest: Manifest | None = None,
    store: Store | None = None,
    progress: bool = True,
) -> DownloadReport:
    """Fetch what is not yet on this machine; an interrupted download goes on where it stopped.

    Parameters
    ----------
    pairs, splits, cases
        Which; all by default.
    manifest, store
        What there is, and where it comes from and goes to; by default the shipped one, and the public source and the
        cache.
    progress
        Show a bar.

    Returns
    -------
    How many files were fetched and how many were here already.

    Raises
    ------
    DataUnavailableError
        A file could not be downloaded; those downloaded before it are kept.
    """
    entries = (manifest or shipped_manifest()).select(pairs, splits)
    wanted = None if cases is None else set(cases)
    files = _files(entry for entry in entries if wanted is None or entry.case in wanted)
    store = store or default_store()
    fetched = store.fetch_all(files, progress=progress)
    return DownloadReport(store.cache, len(files) - fetched, fetched)


def _case(manifest: Manifest, name: str, case: int | None, split: str, seed: int) -> int:
    known = list(cases(name, split, manifest=manifest))
    if case is None:
        if not 0 <= seed < len(known):
            last = len(known) - 1
            raise ValueError(
                f"seed: expected 0 to {last} for the {split} cases of {name}, got {seed!r}{_also(manifest, name)}"
            )
        return known[seed]
    if case not in known:
        other = next((entry.split for entry in manifest.select([name]) if entry.case == case), None)
        advice = f"; it is a {other} case, ask with split={other!r}" if other else ""
        raise ValueError(
            f"case: expected a {split} case of {name}, one of {known}, got {case!r}{advice}{_also(manifest, name)}"
        )
    return case


def _also(manifest: Manifest, name: str) -> str:
    said = caution(name, manifest=manifest)
    return f"; {said}" if said else ""


def _entry(manifest: Manifest, name: str, slice: int | None, case: int, split: str) -> Entry:
    of_case = {entry.slice: entry for entry in manifest.select([name], [split]) if entry.case == case}
    slices = sorted(of_case)
    number = slices[len(slices) // 2] if slice is None else slice
    if number not in of_case:
        raise ValueError(f"slice: expected one of {slices} for case {case} of {name}, got {number!r}")
    return of_case[number]


def _files(entries: Iterable[Entry]) -> dict[str, str]:
    return {file: sha for e in entries for file, sha in ((e.a, e.a_sha256), (e.b, e.b_sha256))}
