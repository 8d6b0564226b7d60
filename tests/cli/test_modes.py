"""``medfuse modes``."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def test_plays_and_prints_the_table(medfuse, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDFUSE_PROFILE", "smoke")
    table = tmp_path / "modes.csv"
    done = medfuse("modes", "--data", "ring", "--games", "lsgan", "wgan", "--seeds", "0,3", "--table", table)
    assert done.code == 0
    assert "ring lsgan seed 3: " in done.err and "| wgan | 2 | " in done.out and "lsgan above wgan in " in done.out
    assert [line.split(",")[:3] for line in table.read_text().splitlines()[1:]] == [
        ["ring", game, seed] for game in ("lsgan", "wgan") for seed in ("0", "3")
    ]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--games", "gan"], "unknown game 'gan'"),
        (["--data", "gridd"], "did you mean 'grid'"),
        (["--seeds", "x"], "expected whole numbers"),
        (["--table", "nowhere/modes.csv"], "make it first"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, extra, words):
    done = medfuse("modes", *extra)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
