"""``medfuse fuse``: the right picture, the right header, and no half-written file whatever goes wrong."""

import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from medfuse_course.datasets.image_files import read_image, write_image
from medfuse_course.methods import fuse


def _left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("ending", ["png", "npy"])
def test_fuses_pictures_as_the_library_does(medfuse, pictures: Path, ending: str) -> None:
    done = medfuse("fuse", pictures / f"a.{ending}", pictures / f"b.{ending}", "-o", pictures / "f.npy")
    assert (done.code, done.out) == (0, "")
    expected = fuse(read_image(pictures / f"a.{ending}"), read_image(pictures / f"b.{ending}"))
    np.testing.assert_array_equal(np.load(pictures / "f.npy"), expected)


def test_color_stays_color(medfuse, pictures: Path) -> None:
    done = medfuse("fuse", pictures / "a.png", pictures / "color.png", "-o", pictures / "f.png", "--method", "average")
    assert done.code == 0
    expected = fuse(read_image(pictures / "a.png"), read_image(pictures / "color.png"), "average")
    np.testing.assert_allclose(read_image(pictures / "f.png"), expected, atol=0.5 / 255 + 1e-6)


def test_options_reach_the_method(medfuse, pictures: Path) -> None:
    sides = pictures / "a.npy", pictures / "b.npy"
    done = medfuse("fuse", *sides, "-o", pictures / "f.npy", "-m", "average", "--option", "weight=0.25", "--quiet")
    assert (done.code, done.err) == (0, "")
    a, b = map(np.load, sides)
    np.testing.assert_allclose(np.load(pictures / "f.npy"), 0.25 * a + 0.75 * b, atol=1e-6)


def test_words_and_truth_values_are_options_too(medfuse, pictures: Path) -> None:
    sides = pictures / "a.npy", pictures / "color.png"
    done = medfuse("fuse", *sides, "-o", pictures / "f.png", "--option", "color=ihs", "--option", "levels=2")
    assert done.code == 0, done.err
    np.testing.assert_allclose(
        read_image(pictures / "f.png"), fuse(*map(read_image, sides), color="ihs", levels=2), atol=0.5 / 255 + 1e-6
    )


def test_16_bits_are_written(medfuse, pictures: Path) -> None:
    assert medfuse("fuse", pictures / "a.npy", pictures / "b.npy", "-o", pictures / "f.png", "--bits", 16).code == 0
    expected = fuse(np.load(pictures / "a.npy"), np.load(pictures / "b.npy"))
    np.testing.assert_allclose(read_image(pictures / "f.png"), expected, atol=1e-5)


def test_an_existing_file_stays_unless_asked(medfuse, pictures: Path) -> None:
    (pictures / "f.png").write_text("mine")
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png")
    assert done.code == 1
    assert "f.png: exists; add --overwrite" in done.err
    assert (pictures / "f.png").read_text() == "mine"
    assert medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png", "--overwrite").code == 0
    assert read_image(pictures / "f.png").shape == (45, 38)


@pytest.mark.parametrize("name", ["a.png", "b.png", "link.png", "hard.png", "sub/../a.png"])
def test_an_input_is_never_written_over(medfuse, pictures: Path, name: str) -> None:
    (pictures / "link.png").symlink_to(pictures / "b.png")
    (pictures / "hard.png").hardlink_to(pictures / "a.png")
    (pictures / "sub").mkdir()
    before = [(pictures / side).read_bytes() for side in ("a.png", "b.png")]
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / name, "--overwrite")
    assert done.code == 1
    assert "inputs are never written over" in done.err
    assert [(pictures / side).read_bytes() for side in ("a.png", "b.png")] == before


def _bad_inputs(folder: Path) -> dict[str, tuple[Path, str]]:
    good = np.full((45, 38), 0.5, np.float32)
    arrays = {
        "range": (good * 255, "expected values in [0, 1]"),
        "negative": (good - 1, "expected values in [0, 1]"),
        "dtype": (np.full((45, 38), 7, np.uint8), "uint8"),
        "integers": (np.full((45, 38), 1, np.int64), "int64"),
        "object": (np.full((45, 38), None), "Python objects"),
        "rank1": (good[0], "expected shape"),
        "rank4": (good[None, None], "expected shape"),
        "channels": (np.full((45, 38, 4), 0.5), "alpha"),
        "small": (good[:8], "at least 16 x 16"),
        "pixel": (good[:1, :1], "at least 16 x 16"),
        "empty_array": (good[:0], ""),
        "nan": (np.where(np.eye(45, 38) > 0, np.nan, good), "NaN"),
        "inf": (np.where(np.eye(45, 38) > 0, np.inf, good), "infinite"),
        "grid": (good[:40], "expected the grid of a"),
    }
    made = {}
    for name, (array, words) in arrays.items():
        np.save(folder / f"bad_{name}.npy", array, allow_pickle=True)
        made[name] = (folder / f"bad_{name}.npy", words)
    for ending in ("png", "npy"):
        whole = (folder / f"a.{ending}").read_bytes()
        (folder / f"bad_cut.{ending}").write_bytes(whole[: len(whole) // 2])
        made[f"cut_{ending}"] = (folder / f"bad_cut.{ending}", "truncated" if ending == "png" else "not a whole NPY")
    (folder / "bad_empty.png").touch()
    (folder / "bad_text.png").write_text("x" * 100)
    made["empty"] = (folder / "bad_empty.png", "the file is empty")
    made["text"] = (folder / "bad_text.png", "not an image")
    made["missing"] = (folder / "bad_missing.png", "no such file")
    return made


BAD = [
    *(
        "range",
        "negative",
        "dtype",
        "integers",
        "object",
        "rank1",
        "rank4",
        "channels",
        "small",
        "pixel",
        "empty_array",
    ),
    *("nan", "inf", "grid", "cut_png", "cut_npy", "empty", "text", "missing"),
]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("what", BAD)
def test_bad_pictures_are_one_clear_line(medfuse, pictures: Path, what: str, side: int) -> None:
    bad, words = _bad_inputs(pictures)[what]
    if what == "grid" and side == 0:
        words = "expected the grid of a, 40 x 38, got 45 x 38"
    before = _left(pictures)
    inputs = [bad, pictures / "b.npy"] if side == 0 else [pictures / "a.npy", bad]
    done = medfuse("fuse", *inputs, "-o", pictures / "f.png")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("medfuse: error: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert _left(pictures) == before


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--method", "laplacian_piramid"], "unknown method 'laplacian_piramid'; did you mean 'laplacian_pyramid'?"),
        (["--option", "levles=3"], "unknown option 'levles'; did you mean 'levels'?"),
        (["--option", "levels"], "--option: expected key=value"),
        (["--option", "levels=many"], "--option: levels: expected a whole number, got 'many'"),
        (["--option", "levels=99"], "--option: levels: expected a whole number from 1 to 16, got 99"),
        (["--option", "profile=1"], "--option: unknown profile '1'; there is course, toolbox, mertens"),
        (["--option", "color=bogus"], "--option: color: unknown color space 'bogus'; there is ycbcr, yuv, ihs, lab"),
        (["--bits", "12"], "invalid choice"),
        (["--metod", "average"], "unrecognized arguments"),
        (["--window-a", "hu:brain"], "--window-a is for volumes"),
        (["--resample"], "--resample is for volumes"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, pictures: Path, extra: list[str], words: str) -> None:
    before = _left(pictures)
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png", *extra)
    assert done.code == 2
    assert "medfuse: error: " in done.err
    assert words in done.err
    assert _left(pictures) == before


@pytest.mark.parametrize("name", ["f.jpg", "f", "f.nii.gz", "f.npz"])
def test_an_ending_that_does_not_fit_is_2(medfuse, pictures: Path, name: str) -> None:
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / name)
    assert done.code == 2
    assert ".png or .npy" in done.err


def test_a_folder_beside_a_picture_is_named(medfuse, pictures: Path) -> None:
    done = medfuse("fuse", pictures, pictures / "b.png", "-o", pictures / "f.png")
    assert (done.code, done.out) == (2, "")
    assert "only volumes (NIfTI, DICOM) or only pictures (PNG, NPY, ...): A is a folder, B is a picture" in done.err


def test_a_missing_folder_is_named(medfuse, pictures: Path) -> None:
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "no" / "f.png")
    assert done.code == 1
    assert "does not exist; make it first" in done.err


def test_an_option_value_the_method_refuses(medfuse, pictures: Path) -> None:
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png", "--option", "levels=9")
    assert done.code == 1  # the command line is right for larger pictures
    assert "levels: expected" in done.err


def test_what_nibabel_logs_is_a_note_and_quiet_when_asked(medfuse, volumes: Path) -> None:
    odd = bytearray((volumes / "ct.nii").read_bytes())
    odd[252:254] = np.int16(9).tobytes()  # the code of the qform, which nobody has defined; nibabel says so in its log
    (volumes / "ct.nii").write_bytes(odd)
    sides = volumes / "mri.nii.gz", volumes / "ct.nii"
    said = medfuse("fuse", *sides, "-o", volumes / "f.nii.gz", "-m", "average")
    assert said.code == 0
    assert f"medfuse: warning: {volumes / 'ct.nii'}: qform_code 9 not valid" in said.err
    assert all(line.startswith("medfuse: ") for line in said.err.splitlines())
    quiet = medfuse("fuse", *sides, "-o", volumes / "g.nii.gz", "-m", "average", "--quiet")
    assert (quiet.code, quiet.err) == (0, "")


def test_fuses_volumes_slice_by_slice(medfuse, volumes: Path) -> None:
    out = volumes / "f.nii.gz"
    done = medfuse(
        "fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", out, "--window-b", "hu:40,400", "-m", "average"
    )
    assert (done.code, done.out) == (0, "")
    a, b = (np.asarray(nibabel.load(volumes / name).dataobj, dtype=float) for name in ("mri.nii.gz", "ct.nii"))
    low, high = np.percentile(a, [0.5, 99.5])
    expected = ((a - low) / (high - low)).clip(0, 1) / 2 + ((b + 160) / 400).clip(0, 1) / 2
    fused, source = nibabel.load(out), nibabel.load(volumes / "mri.nii.gz")
    np.testing.assert_allclose(fused.get_fdata(), expected, atol=1e-5)
    assert fused.get_data_dtype() == np.float32
    np.testing.assert_array_equal(fused.affine, source.affine)
    for key in ("pixdim", "qform_code", "sform_code", "xyzt_units"):
        np.testing.assert_array_equal(fused.header[key], source.header[key])


def test_windows_are_reported(medfuse, volumes: Path) -> None:
    sides = volumes / "mri.nii.gz", volumes / "ct.nii"
    done = medfuse("fuse", *sides, "-o", volumes / "f.nii", "--window-b", "hu:brain")
    assert "A: " in done.err
    assert "window percentile:0.5,99.5 (from 0 to " in done.err
    assert "window hu:brain (level 40, width 80)" in done.err
    quiet = medfuse("fuse", *sides, "-o", volumes / "g.nii", "--window-b", "hu:brain", "--quiet")
    assert (quiet.code, quiet.err) == (0, "")


@pytest.mark.parametrize("plane", ["coronal", "sagittal"])
def test_volumes_can_be_cut_another_way(medfuse, volumes: Path, plane: str) -> None:
    sides = volumes / "mri.nii.gz", volumes / "ct.nii"
    for name, axis in (("axial.nii", "axial"), ("other.nii", plane)):
        extra = ["--axis", axis, "--window-b", "hu:brain"]
        assert medfuse("fuse", *sides, "-o", volumes / name, "-m", "maximum", *extra).code == 0
    # The maximum looks at single voxels, so the way of cutting must not show.
    one, other = (nibabel.load(volumes / name).get_fdata() for name in ("axial.nii", "other.nii"))
    np.testing.assert_array_equal(one, other)
    assert one.std() > 0.1


def test_grids_that_differ_name_the_way_out(medfuse, volumes: Path) -> None:
    inputs = volumes / "mri.nii.gz", volumes / "far.nii.gz", "-o", volumes / "f.nii.gz", "--window-b", "hu:40,2200"
    done = medfuse("fuse", *inputs)
    assert done.code == 1
    assert "--resample" in done.err
    assert not (volumes / "f.nii.gz").exists()
    assert medfuse("fuse", *inputs, "--resample").code == 0
    fused = nibabel.load(volumes / "f.nii.gz")
    np.testing.assert_array_equal(fused.affine, nibabel.load(volumes / "mri.nii.gz").affine)
    medfuse("fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", volumes / "g.nii", "--window-b", "hu:40,2200")
    direct = nibabel.load(volumes / "g.nii").get_fdata()
    assert np.corrcoef(fused.get_fdata().ravel(), direct.ravel())[0, 1] > 0.98


def test_kinds_are_not_mixed(medfuse, volumes: Path, pictures: Path) -> None:
    done = medfuse("fuse", volumes / "mri.nii.gz", pictures / "a.png", "-o", volumes / "f.nii.gz")
    assert done.code == 2
    assert "A is a volume, B is a picture" in done.err


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--window-a", "hu:brian"], "--window-a: unknown CT window 'brian'; did you mean 'brain'"),
        (["--window-b", "suv:9"], "--window-b: expected two numbers"),
        (["--window-b", "range:5,1"], "expected low < high"),
        (["--axis", "axal"], "--axis: unknown plane 'axal'; did you mean 'axial'"),
        (["-o", "f.png"], "ends in .nii or .nii.gz"),
    ],
)
def test_a_wrong_command_line_for_volumes_is_2(medfuse, volumes: Path, extra: list[str], words: str) -> None:
    done = medfuse("fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", volumes / "f.nii", *extra)
    assert done.code == 2
    assert words in done.err


def _bad_volume(folder: Path, what: str) -> tuple[Path, str]:
    path = folder / "bad.nii.gz"
    data = np.asarray(nibabel.load(folder / "ct.nii").dataobj).copy()
    affine = nibabel.load(folder / "ct.nii").affine
    words = {
        "nan": "NaN",
        "four": "got 4-D",
        "flat": "no contrast",
        "complex": "real numbers",
        "small": "at least 16 x 16",
    }
    if what in words:
        if what == "nan":
            data[3, 4, 5] = np.nan
        changed = {"four": np.stack([data] * 2, -1), "flat": data * 0, "complex": data * 1j, "small": data[:9]}.get(
            what, data
        )
        nibabel.save(
            nibabel.Nifti1Image(changed.astype(np.complex64 if what == "complex" else np.float32), affine), path
        )
        if what == "small":
            nibabel.save(nibabel.Nifti1Image(changed, affine), folder / "mri.nii.gz")
        return path, words[what]
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    whole = path.read_bytes()
    if what == "cut":
        path.write_bytes(whole[: len(whole) // 2])
        return path, "not a whole NIfTI"
    path.write_bytes({"empty": b"", "text": b"no volume" * 99}[what])
    return path, {"empty": "the file is empty", "text": "not a whole NIfTI"}[what]


@pytest.mark.parametrize("what", ["nan", "four", "flat", "complex", "small", "cut", "empty", "text"])
def test_bad_volumes_are_one_clear_line(medfuse, volumes: Path, what: str) -> None:
    bad, words = _bad_volume(volumes, what)
    before = _left(volumes)
    done = medfuse("fuse", volumes / "mri.nii.gz", bad, "-o", volumes / "f.nii.gz", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("medfuse: error: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert _left(volumes) == before


def test_a_disk_that_fills_leaves_nothing(medfuse, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("medfuse_course.datasets.image_files._png_bytes", full)
    before = _left(pictures)
    done = medfuse("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png")
    assert done.code == 1
    assert "f.png: could not be written (No space left on device); make room" in done.err
    assert _left(pictures) == before


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt, 130), (MemoryError, 1), (RuntimeError, 1), (SystemExit, 0)]
)
def test_whatever_happens_leaves_nothing(
    medfuse, volumes: Path, monkeypatch: pytest.MonkeyPatch, error: type, code: int
) -> None:
    def half(_image: object, path: Path) -> None:
        path.write_bytes(b"half a volume")
        raise error

    monkeypatch.setattr(nibabel, "save", half)
    before = _left(volumes)
    done = medfuse(
        "fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", volumes / "f.nii.gz", "--window-b", "hu:brain"
    )
    assert done.code == code
    assert _left(volumes) == before


def test_a_file_size_limit_in_mid_write_leaves_nothing(volumes: Path) -> None:
    resource = pytest.importorskip("resource", reason="no resource limits on this system")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048));"
        "from medfuse_course.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    assert resource
    before = _left(volumes)
    for out in ("f.nii", "f.nii.gz"):
        command = ["fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", volumes / out, "--window-b", "hu:brain"]
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, command)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1
        assert "could not be written" in done.stderr
        assert "Traceback" not in done.stderr
        assert _left(volumes) == before


def test_without_permission(nobody, pictures: Path, open_folder: Path) -> None:
    for name in ("a.npy", "b.npy"):
        write_image(open_folder / name, np.load(pictures / name))
    command = "fuse", open_folder / "a.npy", open_folder / "b.npy", "-o", open_folder / "f.png"
    closed = nobody(*command)
    assert closed.code == 1
    assert "no permission to write in" in closed.err
    (open_folder / "b.npy").chmod(0o600)
    open_folder.chmod(0o777)
    secret = nobody(*command)
    assert secret.code == 1
    assert "b.npy: no permission to read" in secret.err
    assert _left(open_folder) == {"a.npy", "b.npy"}
