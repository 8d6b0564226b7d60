"""The AANLIB loader: made-up images from a loopback server, which fails in every way; the real ones where they lie."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.datasets import aanlib
from medfuse_course.datasets.aanlib import Entry, Manifest, load_from
from medfuse_course.datasets.file_store import DataUnavailableError, Store
from tests.interrupts import ctrl_c
from tests.loopback import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def manifest(server: Server) -> Manifest:
    """Two cases for training with three slices each, one for validation with two; the server holds them."""
    entries = []
    slices = {("train", 2): (5, 6, 8), ("train", 7): (1, 2, 3), ("val", 4): (1, 2)}
    for number, (split, case, slice_) in enumerate((*who, s) for who, those in slices.items() for s in those):
        names = f"PET-MRI/MRI/{case}{slice_:03}.png", f"PET-MRI/PET/{case}{slice_:03}.png"
        sums = []
        for name, color in zip(names, (False, True), strict=True):
            levels = np.random.default_rng([number, color]).integers(0, 256, (20, 24) + (3,) * color, np.uint8)
            buffer = io.BytesIO()
            Pillow.fromarray(levels).save(buffer, format="PNG")
            server.files[name] = buffer.getvalue()
            sums.append(hashlib.sha256(buffer.getvalue()).hexdigest())
        entries.append(
            Entry("mri-pet", split, case, slice_, names[0], sums[0], names[1], sums[1], f"case-{case}", "axial")
        )
    return Manifest("https://github.com/nobody/nothing", "0123456789abcdef", "made up", tuple(entries))


@pytest.fixture
def store(server: Server, manifest: Manifest, tmp_path: Path) -> Store:
    return manifest.store(tmp_path / "cache", address=server.address, retries=0)


def test_loads_by_download_and_then_from_the_cache(server: Server, manifest: Manifest, store: Store) -> None:
    pair = load_from(manifest, store, "aanlib/mri-pet")
    again = load_from(manifest, store, "aanlib/mri-pet")
    expected = np.asarray(Pillow.open(io.BytesIO(server.files["PET-MRI/PET/2006.png"])), np.float32) / np.float32(255)
    np.testing.assert_array_equal(pair.b, expected)
    np.testing.assert_array_equal(again.b, expected)
    assert (pair.a.shape, pair.b.shape) == ((20, 24), (20, 24, 3))
    assert server.asked == {"PET-MRI/MRI/2006.png": 1, "PET-MRI/PET/2006.png": 1}


def test_says_where_a_pair_comes_from(manifest: Manifest, store: Store) -> None:
    pair = load_from(manifest, store, "mri-pet", case=7, slice=3)
    assert (pair.name, pair.modalities) == ("aanlib/mri-pet", ("MRI", "PET"))
    assert (pair.spacing, pair.windows, pair.truth) == (None, None, None)
    said = pair.provenance
    assert (said["case"], said["slice"], said["split"], said["commit"]) == (7, 3, "train", "0123456789abcdef")
    assert said["a"] == "PET-MRI/MRI/7003.png"


def test_default_is_the_middle_slice_of_the_first_case_of_the_split(manifest: Manifest, store: Store) -> None:
    train = load_from(manifest, store, "mri-pet").provenance
    val = load_from(manifest, store, "mri-pet", split="val").provenance
    assert (train["case"], train["slice"]) == (2, 6)
    assert (val["case"], val["slice"]) == (4, 2)


def test_seed_counts_cases(manifest: Manifest, store: Store) -> None:
    assert load_from(manifest, store, "mri-pet", seed=1).provenance["case"] == 7


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"case": 4},
            r"case: expected a train case .* one of \[2, 7\], got 4; it is a val case, ask with split='val'",
        ),
        ({"case": 99}, r"one of \[2, 7\], got 99$"),
        ({"slice": 7}, r"slice: expected one of \[5, 6, 8\] for case 2"),
        ({"seed": 2}, "seed: expected 0 to 1 for the train cases of aanlib/mri-pet, got 2"),
        ({"split": "test"}, "has no case in 'test'"),
        ({"split": "trian"}, "unknown split 'trian'; did you mean 'train'"),
    ],
)
def test_a_wrong_choice_is_explained(manifest: Manifest, store: Store, options: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        load_from(manifest, store, "aanlib/mri-pet", **options)


def test_an_unknown_pair_is_suggested(manifest: Manifest, store: Store) -> None:
    with pytest.raises(UnknownNameError, match="'mri-pte'; did you mean 'mri-pet'"):
        load_from(manifest, store, "aanlib/mri-pte")


def test_the_local_folder_comes_first_and_may_be_incomplete(server: Server, manifest: Manifest, tmp_path: Path) -> None:
    local = tmp_path / "mine"
    (local / "PET-MRI/MRI").mkdir(parents=True)
    (local / "PET-MRI/MRI/2006.png").write_bytes(server.files["PET-MRI/MRI/2006.png"])
    store = manifest.store(tmp_path / "cache", local, address=server.address, retries=0)
    load_from(manifest, store, "mri-pet")
    assert server.asked == {"PET-MRI/PET/2006.png": 1}
    assert not (tmp_path / "cache/PET-MRI/MRI/2006.png").exists()


def test_a_wrong_local_file_is_an_error_and_stays(server: Server, manifest: Manifest, tmp_path: Path) -> None:
    local = tmp_path / "mine"
    (local / "PET-MRI/MRI").mkdir(parents=True)
    (local / "PET-MRI/MRI/2006.png").write_bytes(b"another image")
    store = manifest.store(tmp_path / "cache", local, address=server.address, retries=0)
    with pytest.raises(ValueError, match=r"2006\.png: its sha256 is not the expected one"):
        load_from(manifest, store, "mri-pet")
    assert (local / "PET-MRI/MRI/2006.png").read_bytes() == b"another image"


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, manifest: Manifest, store: Store) -> None:
    load_from(manifest, store, "mri-pet")
    (store.cache / "PET-MRI/PET/2006.png").write_bytes(b"rotten")
    load_from(manifest, store, "mri-pet")
    assert server.asked["PET-MRI/PET/2006.png"] == 2
    assert server.asked["PET-MRI/MRI/2006.png"] == 1


# requests leaves a cut connection to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [("404", "404"), ("other", "sha256 differs"), ("cut", "bytes read"), ("dead", "without response|reset|aborted")],
)
def test_each_failure_is_one_clear_error_and_leaves_nothing(
    server: Server, manifest: Manifest, store: Store, fault: str, reason: str
) -> None:
    server.broken["PET-MRI/MRI/2006.png"] = fault
    with pytest.raises(DataUnavailableError, match=reason) as caught:
        load_from(manifest, store, "mri-pet")
    message = str(caught.value)
    assert f"{server.address}PET-MRI/MRI/2006.png" in message
    assert "MEDFUSE_DATA" in message
    assert "head/mri-pet" in message
    assert "\n" not in message
    left = [p for p in store.cache.rglob("*") if p.is_file()]
    assert [p.suffix for p in left] == ([".part"] if fault == "cut" else []), "from half a file a download goes on"


def test_no_server_at_all(server: Server, manifest: Manifest, store: Store) -> None:
    server.close()
    with pytest.raises(DataUnavailableError, match=r"could not be downloaded \(Connection refused\)"):
        load_from(manifest, store, "mri-pet")


def test_an_unknown_host(manifest: Manifest, tmp_path: Path) -> None:
    store = manifest.store(tmp_path, address="http://nowhere.invalid/", retries=0)
    with pytest.raises(DataUnavailableError, match=r"http://nowhere\.invalid/PET-MRI/MRI/2006\.png"):
        load_from(manifest, store, "mri-pet")


def test_a_failure_that_passes_is_tried_again(server: Server, manifest: Manifest, tmp_path: Path) -> None:
    server.broken["PET-MRI/MRI/2006.png"] = "once"
    store = manifest.store(tmp_path, address=server.address, retries=1)
    load_from(manifest, store, "mri-pet")
    assert server.asked["PET-MRI/MRI/2006.png"] == 2


def test_download_fetches_what_is_asked_for_and_only_once(server: Server, manifest: Manifest, store: Store) -> None:
    first = aanlib.download(["mri-pet"], ["val"], manifest=manifest, store=store, progress=False)
    everything = aanlib.download(manifest=manifest, store=store, progress=False)
    again = aanlib.download(manifest=manifest, store=store, progress=False)
    assert (first.present, first.fetched) == (0, 4)
    assert (everything.present, everything.fetched) == (4, 12)
    assert (again.present, again.fetched) == (16, 0)
    assert set(server.asked.values()) == {1}


def test_a_server_that_dies_half_way_costs_only_what_is_missing(
    server: Server, manifest: Manifest, store: Store
) -> None:
    server.lives = 9
    with pytest.raises(DataUnavailableError):
        aanlib.download(manifest=manifest, store=store, progress=False)
    arrived = [p for p in store.cache.rglob("*") if p.is_file()]
    assert len(arrived) == 9
    server.lives = 10**6
    report = aanlib.download(manifest=manifest, store=store, progress=False)
    assert (report.present, report.fetched) == (9, 7)
    assert all(store.find(file) for file in store.files)


@pytest.mark.parametrize("fault", ["silent", "trickle"])
def test_ctrl_c_waits_for_no_server(server: Server, manifest: Manifest, store: Store, fault: str) -> None:
    server.broken |= dict.fromkeys(store.files, fault)
    with ctrl_c():
        aanlib.download(manifest=manifest, store=store, progress=False)


def test_a_download_shows_a_bar_on_a_terminal(
    manifest: Manifest, store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    aanlib.download(manifest=manifest, store=store)
    assert "16/16" in capsys.readouterr().err


def test_a_cache_that_cannot_be_made_names_the_way_out(server: Server, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = manifest.store(tmp_path / "file", address=server.address, retries=0)
    with pytest.raises(OSError, match="could not be written .* set MEDFUSE_CACHE"):
        load_from(manifest, store, "mri-pet")


def test_environment_names_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDFUSE_DATA", str(tmp_path))
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path / "c"))
    store = aanlib.default_store()
    assert store.local == tmp_path
    assert store.cache.is_relative_to(tmp_path / "c")
    monkeypatch.setenv("MEDFUSE_DATA", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="MEDFUSE_DATA: expected a folder"):
        aanlib.default_store()


def test_manifest_reads_from_its_file(tmp_path: Path, manifest: Manifest) -> None:
    entry = manifest.entries[0]
    content = {"source": "https://github.com/x/y", "commit": "c0ffee", "origin": "o", "pairs": [vars(entry)]}
    (tmp_path / "m.json").write_text(json.dumps(content))
    read = Manifest.read(tmp_path / "m.json")
    assert read.entries == (entry,)
    assert read.address == "https://raw.githubusercontent.com/x/y/c0ffee/"


@pytest.mark.parametrize("name", ["../x.png", "a/../../x.png", "/etc/x.png", "C:/x.png", "C:x.png", "a\\..\\x.png", ""])
def test_a_manifest_of_ones_own_names_nothing_outside_its_folder(
    manifest: Manifest, store: Store, name: str, tmp_path: Path
) -> None:
    odd = replace(manifest, entries=(replace(manifest.entries[0], a=name),))
    with pytest.raises(ValueError, match="files: expected paths below the folder, such as MRI/1.png, got"):
        odd.store(tmp_path / "cache", address=store.address)


def test_a_manifest_without_a_checksum_is_refused(manifest: Manifest, tmp_path: Path) -> None:
    odd = replace(manifest, entries=(replace(manifest.entries[0], a_sha256=""),))
    with pytest.raises(ValueError, match="files: expected 64 hexadecimal digits as the sha256 of"):
        odd.store(tmp_path / "cache")


def test_nothing_is_written_through_a_link_out_of_the_cache(manifest: Manifest, store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    store.cache.mkdir()
    (store.cache / "PET-MRI").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ValueError, match="a link leads out of"):
        load_from(manifest, store, "mri-pet")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"source": 1, "commit": 2, "origin": 3, "pairs": [{"x": 1}]}'])
def test_what_is_no_manifest_is_called_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ValueError, match=r"m\.json: not a manifest of image pairs"):
        Manifest.read(tmp_path / "m.json")


def test_shipped_manifest_holds_810_pairs() -> None:
    entries = aanlib.shipped_manifest().entries
    assert len(entries) == 810
    assert Counter(e.pair for e in entries) == {"mri-ct": 184, "mri-pet": 269, "mri-spect": 357}
    assert len({e.a for e in entries} | {e.b for e in entries}) == 1620
    assert all(len(sha) == 64 for e in entries for sha in (e.a_sha256, e.b_sha256))


def test_no_subject_of_ct_and_spect_stands_in_two_splits() -> None:
    """Over both pairs together: two subjects have a CT and a SPECT."""
    entries = aanlib.shipped_manifest().select(["mri-ct", "mri-spect"])
    splits = {subject: {e.split for e in entries if e.subject == subject} for subject in {e.subject for e in entries}}
    assert all(len(those) == 1 for those in splits.values())
    both = {e.subject for e in entries if e.pair == "mri-ct"} & {e.subject for e in entries if e.pair == "mri-spect"}
    assert both == {"case-21", "case-28"}
    assert {len(aanlib.subjects(pair, ["test"])) for pair in ("mri-ct", "mri-spect")} == {6, 7}
    assert aanlib.caution("mri-ct") == aanlib.caution("aanlib/mri-spect") == ""


def test_pet_is_one_head_in_three_planes_and_it_is_said() -> None:
    planes = {e.split: (e.subject, e.plane) for e in aanlib.shipped_manifest().select(["mri-pet"])}
    assert planes == {"train": ("pet-head", "coronal"), "val": ("pet-head", "sagittal"), "test": ("pet-head", "axial")}
    assert aanlib.subjects("mri-pet") == {25: "pet-head", 30: "pet-head", 41: "pet-head"}
    said = "one head in 3 planes (train coronal, val sagittal, test axial): nothing measured there is a claim about"
    assert said in aanlib.caution("aanlib/mri-pet")
    with pytest.raises(ValueError, match=r"it is a test case, ask with split='test'; mri-pet is one head in 3 planes"):
        aanlib.load("aanlib/mri-pet", case=41)


def test_a_subject_in_two_splits_is_told(manifest: Manifest) -> None:
    assert aanlib.caution("mri-pet", manifest=manifest) == ""
    leaky = tuple(replace(e, subject="x") if e.case in (4, 7) else e for e in manifest.entries)
    assert aanlib.caution("mri-pet", manifest=replace(manifest, entries=leaky)).startswith(
        "1 subject of mri-pet stands in"
    )


def test_cases_counts_slices() -> None:
    assert {case: len(slices) for case, slices in aanlib.cases("mri-ct", "train").items()} == {20: 18, 32: 18, 33: 17}
    assert aanlib.cases("aanlib/mri-pet", "test")[41][0] == 22


def test_every_real_file_here_is_the_one_of_the_manifest(aanlib_folder: Path, tmp_path: Path) -> None:
    store = aanlib.shipped_manifest().store(tmp_path, aanlib_folder)
    here = [file for file in store.files if (aanlib_folder / file).exists()]
    assert here
    assert all(store.find(file) == aanlib_folder / file for file in here)


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize(("name", "dims"), [("mri-ct", 2), ("mri-pet", 3), ("mri-spect", 3)])
def test_real_pairs_are_gray_or_rgb(aanlib_folder: Path, tmp_path: Path, name: str, dims: int, split: str) -> None:
    store = aanlib.shipped_manifest().store(tmp_path, aanlib_folder)
    for case, slices in aanlib.cases(name, split).items():
        pair = load_from(aanlib.shipped_manifest(), store, name, case=case, slice=slices[0], split=split)
        assert (pair.a.shape, pair.b.shape[:2], pair.b.ndim) == ((256, 256), (256, 256), dims)
        assert pair.a.dtype == pair.b.dtype == np.float32
        assert pair.a.max() > 0.3
