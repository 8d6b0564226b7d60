"""``medfuse alignment``."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def test_trains_and_prints_the_table(medfuse, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDFUSE_PROFILE", "smoke")
    table = tmp_path / "alignment.csv"
    done = medfuse("alignment", "--trainings", "dicyc", "--seeds", "0,3", "--table", table)
    assert done.code == 0
    assert "dicyc, seed 3: " in done.err and done.out.startswith("training,seed,landmark_mm")
    assert [line.split(",")[:2] for line in table.read_text().splitlines()[1:]] == [["dicyc", "0"], ["dicyc", "3"]]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--trainings", "cycegan"], "did you mean 'cyclegan'"),
        (["--seeds", "x"], "expected whole numbers"),
        (["--table", "nowhere/alignment.csv"], "make it first"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, extra, words):
    done = medfuse("alignment", *extra)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
