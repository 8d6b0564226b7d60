"""``medfuse`` itself: help, exit codes, and the other commands."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from medfuse_course.cli import console, streams
from medfuse_course.datasets import list_cases
from medfuse_course.datasets.image_files import read_image
from medfuse_course.methods import list_methods
from medfuse_course.metrics import evaluate, list_metrics

COMMANDS = [
    "fuse",
    "enhance",
    "synthesize",
    "segment",
    "evaluate",
    "benchmark",
    "experiment",
    "grade",
    "list",
    "data",
    "notebooks",
    "doctor",
]


@pytest.mark.parametrize("command", [[], *[[c] for c in COMMANDS], ["list", "methods"], ["data", "download"]])
def test_help_is_there(medfuse, command: list[str]) -> None:
    done = medfuse(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: medfuse")


def test_help_teaches(medfuse) -> None:
    text = medfuse("--help").out
    for word in (*COMMANDS, "examples:", "exit codes:", "MEDFUSE_DATA", "MEDFUSE_CACHE", "not for clinical use"):
        assert word in text, word
    assert "not for clinical use" in medfuse("fuse", "--help").out


@pytest.mark.parametrize(
    "arguments", [[], ["fus"], ["--nonsense"], ["list"], ["list", "colors"], ["fuse"], ["data", "fetch"]]
)
def test_a_wrong_command_line_is_2(medfuse, arguments: list[str]) -> None:
    done = medfuse(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("medfuse: error: ")


def test_a_file_name_commands_no_terminal(medfuse, tmp_path: Path) -> None:
    name = "a\x1b[2J\n\u202egnp.png\udcff"
    done = medfuse("evaluate", tmp_path / name, "b.png", "c.png")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "a\\x1b[2J" in done.err
    assert not any(odd in done.err for odd in ("\x1b", "\u202e", "\udcff"))
    wrong = medfuse("fuse", "--\x1b[2J", "a", "b", "-o", "c").err
    assert "\x1b" not in wrong


def test_what_a_stream_cannot_write_is_written_all_the_same(medfuse, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr("sys.stdout", stream)
    streams.make_usable()
    console.out("SSIM \u2191")
    stream.flush()
    assert stream.buffer.getvalue() == b"SSIM ^\n"


def test_version(medfuse) -> None:
    done = medfuse("--version")
    assert done.code == 0
    assert done.out.startswith("medfuse ")


def test_lists_every_method_and_metric(medfuse) -> None:
    methods, metrics = medfuse("list", "methods"), medfuse("list", "metrics")
    assert [line.split()[0] for line in methods.out.splitlines()[1:]] == [m.slug for m in list_methods()]
    assert [line.split()[0] for line in metrics.out.splitlines()[1:]] == [m.slug for m in list_metrics(task=None)]
    assert "aanlib/mri-ct" in medfuse("list", "pairs").out
    assert [line.split()[:2] for line in medfuse("list", "cases").out.splitlines()[1:]] == [
        [case.name, case.task] for case in list_cases()
    ]


def test_a_family_that_is_not_there(medfuse) -> None:
    done = medfuse("list", "methods", "--family", "clasical")
    assert done.code == 2
    assert "did you mean 'classical'" in done.err


def test_evaluate_prints_what_the_library_computes(medfuse, pictures: Path) -> None:
    paths = [pictures / name for name in ("b.png", "a.npy", "b.npy")]
    done = medfuse("evaluate", *paths, "--metrics", "ssim", "mi", "--json")
    assert done.code == 0
    assert json.loads(done.out) == pytest.approx(evaluate(*map(read_image, paths), ["ssim", "mi"]))
    assert list(json.loads(done.out)) == ["ssim", "mi"]


def test_evaluate_as_table_and_csv(medfuse, pictures: Path) -> None:
    paths = [pictures / name for name in ("a.npy", "a.npy", "b.npy")]
    lines = medfuse("evaluate", *paths, "--metrics", "en", "--csv").out.splitlines()
    assert lines[0] == "metric,value"
    assert float(lines[1].removeprefix("en,")) == pytest.approx(evaluate(*map(read_image, paths), "en")["en"])
    table = medfuse("evaluate", *paths, "--quiet").out.splitlines()
    assert table[0].split()[:3] == ["metric", "value", "better"]
    assert len(table) == 1 + sum(not m.needs_truth for m in list_metrics("course"))


def test_a_value_that_is_not_there_is_null_and_said(medfuse, pictures: Path) -> None:
    np.save(pictures / "flat.npy", np.full((45, 38), 0.5, np.float32))
    done = medfuse(
        "evaluate", pictures / "a.npy", pictures / "a.npy", pictures / "flat.npy", "--metrics", "cc", "--json"
    )
    assert (done.code, json.loads(done.out)) == (0, {"cc": None})
    assert done.err.startswith("medfuse: warning: cc is NaN")


def test_an_infinite_value_is_not_a_missing_one(medfuse, pictures: Path, volumes: Path) -> None:
    same = [pictures / "a.npy"] * 3
    assert json.loads(medfuse("evaluate", *same, "--metrics", "psnr", "--json").out) == {"psnr": "inf"}
    sides = volumes / "mri.nii.gz", volumes / "mri.nii.gz"
    windows = ["--window-a", "range:0,900", "--window-b", "range:0,900"]
    medfuse("fuse", *sides, "-o", volumes / "f.nii", "-m", "average", *windows)
    done = medfuse("evaluate", volumes / "f.nii", *sides, *windows, "--metrics", "psnr", "--json")
    found = json.loads(done.out)["psnr"]
    assert "psnr is infinite in" in done.err
    assert found["mean"] is None or isinstance(found["mean"], float)


def test_the_note_says_whose_color_it_is(medfuse, pictures: Path) -> None:
    gray = np.load(pictures / "a.npy")
    np.save(pictures / "rgb.npy", np.stack([gray, gray / 2, gray / 3], axis=2))
    np.save(pictures / "gray_rgb.npy", np.stack([gray] * 3, axis=2))
    done = medfuse("fuse", pictures / "gray_rgb.npy", pictures / "rgb.npy", "-o", pictures / "f.png")
    assert f"color: from {pictures / 'rgb.npy'}" in done.err
    done = medfuse("fuse", pictures / "gray_rgb.npy", pictures / "a.npy", "-o", pictures / "g.png")
    assert "color:" not in done.err


def test_evaluate_on_volumes_is_a_mean_over_slices(medfuse, volumes: Path) -> None:
    sides = volumes / "mri.nii.gz", volumes / "ct.nii"
    windows = ["--window-a", "range:0,900", "--window-b", "hu:-470,1060"]
    medfuse("fuse", *sides, "-o", volumes / "f.nii", "-m", "average", *windows)
    done = medfuse("evaluate", volumes / "f.nii", *sides, *windows, "--metrics", "sd", "cc", "--json", "--quiet")
    assert done.code == 0, done.err
    found = json.loads(done.out)

    import nibabel

    f, a, b = (np.asarray(nibabel.load(p).dataobj, dtype=np.float32) for p in (volumes / "f.nii", *sides))
    a, b = (a / 900).clip(0, 1), ((b + 1000) / 1060).clip(0, 1)
    kept = [k for k in range(a.shape[2]) if np.ptp(a[..., k]) or np.ptp(b[..., k])]
    sd = [255 * f[..., k].std() for k in kept]
    assert found["sd"] == pytest.approx({"mean": np.mean(sd), "std": np.std(sd), "slices": len(kept)}, rel=1e-4)
    assert 0 < len(kept) < 17  # the ball ends before the last slice, which says nothing
    assert 0.5 < found["cc"]["mean"] <= 1


def test_evaluate_says_what_is_wrong(medfuse, pictures: Path, volumes: Path) -> None:
    paths = [pictures / name for name in ("a.png", "a.png", "b.png")]
    assert medfuse("evaluate", *paths, "--metrics", "sim").code == 2
    assert "did you mean 'ssim'" in medfuse("evaluate", *paths, "--metrics", "sim").err
    assert medfuse("evaluate", *paths, "--preset", "curse").code == 2
    assert medfuse("evaluate", *paths, "--json", "--csv").code == 2
    assert medfuse("evaluate", pictures / "none.png", *paths[1:]).code == 1
    mixed = medfuse("evaluate", pictures / "a.png", volumes / "mri.nii.gz", volumes / "ct.nii")
    assert mixed.code == 2
    assert "FUSED is a picture, A is a volume" in mixed.err
    unscaled = medfuse(
        "evaluate", volumes / "mri.nii.gz", volumes / "mri.nii.gz", volumes / "ct.nii", "--window-b", "hu:brain"
    )
    assert unscaled.code == 1
    assert "f: expected values in [0, 1]" in unscaled.err


def test_data_says_where_and_how_much(medfuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDFUSE_DATA", raising=False)
    assert str(tmp_path / "cache") in medfuse("data", "where").out
    listed = medfuse("data", "list").out.splitlines()
    assert len(listed) == 12
    assert "mri-pet is one head in 3 planes" in listed[-1]
    assert [row.split()[4:] for row in listed[4:7]] == [
        ["1", p, c] for p, c in (("coronal", "25"), ("sagittal", "30"), ("axial", "41"))
    ]
    assert listed[1].split()[:4] == ["aanlib/mri-ct", "train", "53", "0"]
    wrong = medfuse("data", "download", "--pair", "mri-xt")
    assert wrong.code == 2
    assert "did you mean 'mri-ct'" in wrong.err


def test_data_download_reports(medfuse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from medfuse_course.datasets import aanlib

    def download(pairs: list, splits: list, *, progress: bool) -> aanlib.DownloadReport:
        assert (pairs, splits, progress) == (["mri-ct"], ["val"], False)
        return aanlib.DownloadReport(tmp_path, 2, 40)

    monkeypatch.setattr(aanlib, "download", download)
    done = medfuse("data", "download", "--pair", "mri-ct", "--split", "val", "--quiet")
    assert (done.code, done.out) == (0, f"2 files were here, 40 were fetched into {tmp_path}\n")


def test_notebooks_without_chapters(medfuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = medfuse("notebooks")
    assert done.code == 1
    assert "run this in a checkout of the course" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("check", "changed", "code"), [(False, ["x"], 0), (True, ["x"], 1), (True, [], 0)])
def test_notebooks_check_fails_on_a_difference(
    medfuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: bool, changed: list[str], code: int
) -> None:
    asked = []

    def write_notebooks(chapters: Path, out: Path, check: bool = False) -> list[Path]:
        asked.append((chapters, out, check))
        return [out / f"{name}.ipynb" for name in changed]

    monkeypatch.setattr("medfuse_course.publishing.notebooks.write_notebooks", write_notebooks)
    done = medfuse("notebooks", "--chapters", tmp_path, "--out", tmp_path / "n", *["--check"] * check)
    assert asked == [(tmp_path, tmp_path / "n", check)]
    assert done.code == code
    assert done.out.count(".ipynb") == len(changed)


def test_doctor_is_healthy_here(medfuse) -> None:
    done = medfuse("doctor")
    assert done.code == 0
    assert "Python" in done.out


def test_doctor_fails_on_a_problem(medfuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDFUSE_PROFILE", "lessen")
    done = medfuse("doctor")
    assert done.code == 1
    assert "did you mean 'lesson'" in done.out


def test_a_defect_is_one_line_and_debug_shows_where(medfuse, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def broken() -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("medfuse_course.core.doctor.doctor", broken)
    done = medfuse("doctor")
    assert done.code == 1
    assert "unexpected KeyError: 'surprise'; this is a defect" in done.err
    from medfuse_course.cli import main

    for arguments in (["--debug", "doctor"], ["doctor", "--debug"]):
        assert main(arguments) == 1
        assert "Traceback" in capsys.readouterr().err


def test_a_process_tells_its_exit_code(process, pictures: Path) -> None:
    good = process("fuse", pictures / "a.png", pictures / "b.png", "-o", pictures / "f.png")
    assert (good.code, good.out) == (0, "")
    assert process("fuse", pictures / "a.png", pictures / "none.png", "-o", pictures / "g.png").code == 1
    assert process("fuse", pictures / "a.png").code == 2


def test_a_reader_that_goes_away_is_no_error(process) -> None:
    read, write = os.pipe()
    os.close(read)
    done = process("list", "methods", stdout=write)
    os.close(write)
    assert (done.code, done.err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_an_output_that_cannot_be_written_is_1(process) -> None:
    with Path("/dev/full").open("w") as full:
        done = process("list", "metrics", stdout=full)
    assert (done.code, done.err) == (1, "medfuse: error: the output could not be written (No space left on device)\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing on Windows")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_in_mid_write_leaves_nothing(volumes: Path, number: int, code: int) -> None:
    script = (
        "import signal, sys, time, nibabel\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may have turned it off, and nohup SIGHUP
        "signal.signal(getattr(signal, 'SIGHUP', signal.SIGTERM), signal.SIG_DFL)\n"
        "def slow(image, path):\n"
        "    path.write_bytes(b'half'); sys.stdout.write('writing\\n'); sys.stdout.flush(); time.sleep(30)\n"
        "nibabel.save = slow\n"
        "from medfuse_course.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    before = {path.name for path in volumes.iterdir()}
    command = ["fuse", volumes / "mri.nii.gz", volumes / "ct.nii", "-o", volumes / "f.nii", "--window-b", "hu:brain"]
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "writing\n"
        time.sleep(0.05)
        running.send_signal(number)
        _, err = running.communicate(timeout=30)
    assert running.returncode == code
    assert "Traceback" not in err
    assert {path.name for path in volumes.iterdir()} == before
