"""AANLIB, the Whole Brain Atlas: real registered pairs, fetched on demand, verified, split by patient.

The project ships none of these images, only a manifest: the address and commit of a public copy, and for each of the
810 pairs its patient (*case*), slice, split and the sha256 of both files. A file is looked for in the folder that
``MEDFUSE_DATA`` names (the source's own layout, complete or not), then in the cache (``MEDFUSE_CACHE``, else the
platform's cache folder), and only then downloaded.

No patient stands in two splits: learn on ``train``, choose on ``val``, report on ``test`` and never choose there.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache as remember
from pathlib import Path

from medfuse_course.core.files import data_path
from medfuse_course.core.registry import check_name
from medfuse_course.datasets.images import read_image
from medfuse_course.datasets.pair import Pair
from medfuse_course.datasets.store import Store, cache_folder, local_folder

SPLITS = ("train", "val", "test")
MODALITIES = {"mri-ct": ("MRI", "CT"), "mri-pet": ("MRI", "PET"), "mri-spect": ("MRI", "SPECT")}


@dataclass(frozen=True)
class Entry:
    """One pair of the manifest: `a` is the MRI, `b` the CT, PET or SPECT; paths are relative to the source."""

    pair: str
    split: str
    case: int
    slice: int
    a: str
    a_sha256: str
    b: str
    b_sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the source holds, at one commit."""

    source: str
    commit: str
    origin: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Manifest":
        """Read a manifest from its JSON file."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = tuple(Entry(**entry) for entry in content["pairs"])
        return cls(content["source"], content["commit"], content["origin"], entries)

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
    """The patients of ``pair`` in ``split``, each with its slices, in order."""
    found: dict[int, list[int]] = {}
    for entry in (manifest or shipped_manifest()).select([pair], [split]):
        found.setdefault(entry.case, []).append(entry.slice)
    if not found:
        raise ValueError(f"split: {pair} has no patient in {split!r}")
    return {case: tuple(sorted(slices)) for case, slices in sorted(found.items())}


def load(name: str, *, slice: int | None = None, case: int | None = None, split: str = "train", seed: int = 0) -> Pair:
    """Load one real pair.

    Parameters
    ----------
    name
        ``"aanlib/mri-ct"``, ``"aanlib/mri-pet"`` or ``"aanlib/mri-spect"``.
    slice
        Slice number of the source; the middle slice of the case by default.
    case
        Patient number of the source; by default the one that `seed` counts to.
    split
        ``"train"``, ``"val"`` or ``"test"``. A test patient is never loaded without saying so.
    seed
        Without `case`: which patient of `split`, counted from 0.

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
    entry = _entry(manifest, name, slice, _patient(manifest, name, case, split, seed), split)
    a, b = (read_image(store.fetch(file)) for file in (entry.a, entry.b))
    origin = {"source": manifest.source, "commit": manifest.commit, "origin": manifest.origin}
    return Pair(a, b, f"aanlib/{entry.pair}", MODALITIES[entry.pair], provenance=origin | asdict(entry))


@dataclass(frozen=True)
class DownloadReport:
    """What `download` did: the cache folder, how many files were on this machine before, how many came."""

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

    Raises
    ------
    DataUnavailableError
        A file could not be had; those that came before stay, verified.
    """
    entries = (manifest or shipped_manifest()).select(pairs, splits)
    wanted = None if cases is None else set(cases)
    files = _files(entry for entry in entries if wanted is None or entry.case in wanted)
    store = store or default_store()
    fetched = store.fetch_all(files, progress=progress)
    return DownloadReport(store.cache, len(files) - fetched, fetched)


def _patient(manifest: Manifest, name: str, case: int | None, split: str, seed: int) -> int:
    patients = list(cases(name, split, manifest=manifest))
    if case is None:
        if not 0 <= seed < len(patients):
            last = len(patients) - 1
            raise ValueError(f"seed: expected 0 to {last} for the {split} patients of {name}, got {seed!r}")
        return patients[seed]
    if case not in patients:
        other = next((entry.split for entry in manifest.select([name]) if entry.case == case), None)
        advice = f"; it is a {other} patient, ask with split={other!r}" if other else ""
        raise ValueError(f"case: expected a {split} patient of {name}, one of {patients}, got {case!r}{advice}")
    return case


def _entry(manifest: Manifest, name: str, slice: int | None, case: int, split: str) -> Entry:
    of_case = {entry.slice: entry for entry in manifest.select([name], [split]) if entry.case == case}
    slices = sorted(of_case)
    number = slices[len(slices) // 2] if slice is None else slice
    if number not in of_case:
        raise ValueError(f"slice: expected one of {slices} for case {case} of {name}, got {number!r}")
    return of_case[number]


def _files(entries: Iterable[Entry]) -> dict[str, str]:
    return {file: sha for e in entries for file, sha in ((e.a, e.a_sha256), (e.b, e.b_sha256))}
