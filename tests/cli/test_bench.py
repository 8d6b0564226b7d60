"""``medfuse bench``."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
pytestmark = pytest.mark.torch

from medfuse_course.deployment import throughput  # noqa: E402


def test_prints_and_writes_a_table_that_is_read_again(medfuse, tmp_path, monkeypatch):
    monkeypatch.setattr(throughput.shutil, "which", lambda _: None)  # a compiler takes its time
    table = tmp_path / "speed.csv"
    done = medfuse("bench", "densefuse", "--side", 32, "--rounds", 2, "--threads", "1", "--table", table)
    assert done.code == 0
    assert "compiled: not timed: there is no C++ compiler" in done.err
    rows = throughput.read_speeds(table)
    assert {"float32", "channels_last", "onnx", "onnx_int8"} <= {row.way for row in rows}
    assert all(row.way in done.out and row.milliseconds > 0 for row in rows)
    known = {row.way: row for row in rows}
    assert known["float32"].ratio == 1 and known["float32"].difference == 0
    assert known["onnx"].difference < 1e-5 < known["onnx_int8"].difference < 0.1
    assert known["onnx_int8"].kilobytes < known["onnx"].kilobytes


def test_what_cannot_be_timed_is_answered(medfuse, tmp_path):
    refused = medfuse("bench", "laplacian_pyramid")
    assert refused.code == 2 and "learns nothing" in refused.err
    refused = medfuse("bench", "readable_fusion", "--side", 33)
    assert refused.code == 2 and "expected a multiple of 4" in refused.err
    for option, value in (("--side", "1000000000"), ("--rounds", "0"), ("--threads", "0"), ("--threads", "99999")):
        refused = medfuse("bench", "readable_fusion", option, value)
        assert refused.code == 2 and f"{option.strip('-')}: expected " in refused.err


def test_the_table_that_ships_has_every_way_on_a_processor():
    rows = throughput.read_speeds()
    for threads in {row.threads for row in rows if row.threads}:
        of = {row.way: row for row in rows if row.threads == threads}
        assert set(throughput.WAYS[:5]) <= set(of) and of["float32"].ratio == 1
