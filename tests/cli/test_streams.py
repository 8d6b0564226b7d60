"""The standard streams closed, full, or without arrows: no traceback, no image with exit 1, no loss with exit 0."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from medfuse_course.cli import console, main, streams
from medfuse_course.datasets.image_files import read_image

TABLE = ["benchmark", "--pairs", "head/mri-ct", "--metrics", "qabf", "--seeds", "0", "--methods", "average"]


def _fuse(pictures: Path) -> list[str]:
    return ["fuse", str(pictures / "a.png"), str(pictures / "b.png"), "-o", str(pictures / "f.png")]


@pytest.fixture(params=["closed", "full"])
def broken(request: pytest.FixtureRequest):
    """A stream that nothing can be written to, as Python has it."""
    if request.param == "closed":
        return None
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    stream = Path("/dev/full").open("w")  # noqa: SIM115

    def close() -> None:
        streams.silence(stream)
        stream.close()

    request.addfinalizer(close)
    return stream


@pytest.mark.parametrize("arguments", [["list", "metrics"], ["--help"], ["list", "--help"], ["--version"]])
def test_a_lost_result_is_1(arguments: list[str], broken, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdout", broken)
    assert main(arguments) == 1
    assert "medfuse: error: the output could not be written" in capsys.readouterr().err


def test_an_image_needs_no_stdout(pictures: Path, broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", broken)
    assert main(_fuse(pictures)) == 0
    assert read_image(pictures / "f.png").shape == (45, 38)


@pytest.mark.parametrize("arguments", [["list", "nothing"], ["fuse", "none.png", "none.png", "-o", "f.png", "--debug"]])
def test_an_error_that_nobody_reads_keeps_its_code(arguments, broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", broken)
    assert main(arguments) == (2 if "list" in arguments else 1)


def test_an_image_needs_no_stderr(pictures: Path, broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", broken)
    assert main(_fuse(pictures)) == 0
    assert read_image(pictures / "f.png").shape == (45, 38)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(("streams", "code"), [(">&- 2>&- <&-", 0), ("2>/dev/full", 0)])
def test_a_process_without_streams_writes_the_same_image(pictures: Path, streams: str, code: int) -> None:
    assert main([*_fuse(pictures), "--quiet"]) == 0
    expected = (pictures / "f.png").read_bytes()
    words = " ".join([sys.executable, "-m", "medfuse_course", *_fuse(pictures), "--overwrite"])
    assert subprocess.run(f"{words} {streams}", shell=True, timeout=120).returncode == code
    assert (pictures / "f.png").read_bytes() == expected


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_table_is_printed_in_every_encoding(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    table = tmp_path / "t.csv"
    assert main([*TABLE, "--table", str(table), "--quiet"]) == 0
    text = written.getvalue().decode(encoding)
    assert ("Qabf ↑" if encoding == "utf-8" else "Qabf ^") in text
    assert len({len(line) for line in text.splitlines() if line.startswith("|")}) <= 2, "columns stay columns"
    assert table.read_text().count("\n") == 3


def test_a_name_of_odd_bytes_is_printed_in_signs_that_command_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8"))
    streams.make_usable()
    console.out(os.fsdecode(b"head\xff.nii"))
    sys.stdout.flush()
    assert written.getvalue() == b"head\\udcff.nii\n"


def test_files_come_before_what_is_printed(tmp_path: Path, broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", broken)
    assert main([*TABLE, "--out", str(tmp_path / "r"), "--table", str(tmp_path / "t.csv"), "--quiet"]) == 1
    assert {p.name for p in (tmp_path / "r").iterdir()} >= {"table.csv", "summary.md", "report.html"}
    assert (tmp_path / "t.csv").is_file()


def test_a_disk_that_is_too_small_for_the_page_holds_the_tables(medfuse, tiny_disk: Path) -> None:
    done = medfuse(*TABLE, "--out", tiny_disk)
    assert (done.code, done.out) == (1, "")
    assert "plotly.min.js: could not be written (No space left on device); make room" in done.err
    assert "All values are in table.csv and summary.md" in done.err
    assert sorted(p.name for p in tiny_disk.iterdir()) == ["results.jsonl", "summary.md", "table.csv"]


@pytest.mark.torch
def test_a_training_that_cannot_be_written_is_not_lost(medfuse, tiny_disk: Path, monkeypatch) -> None:
    pytest.importorskip("torch")
    import torch

    from medfuse_course import training
    from medfuse_course.training.report import Trained

    network = torch.nn.Linear(200, 200)
    monkeypatch.setattr(training, "train", lambda *_, **__: Trained(network, (), {}, network))
    done = medfuse("train", "densefuse", "--profile", "smoke", "-o", tiny_disk / "d.safetensors", "--state", "kept")
    assert done.code == 1
    assert "d.safetensors: could not be written (No space left on device)" in done.err
    assert "What was learned is in kept: the same command goes on from there" in done.err
    assert list(tiny_disk.iterdir()) == []
