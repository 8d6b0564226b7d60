"""``medfuse experiment``, and the list of what there is."""

import pytest

from medfuse_course.benchmark import list_experiments

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.mark.filterwarnings("ignore:wgan: ")
def test_says_what_is_claimed_runs_and_goes_on(medfuse, tmp_path):
    table = tmp_path / "modes.csv"
    call = ("experiment", "modes", "--arms", "lsgan", "wgan", "--seeds", "0,3", "--profile", "smoke", "--table", table)
    done = medfuse(*call)
    assert done.code == 0
    assert "Hypothesis: Wasserstein" in done.err and "lsgan, seed 3: done" in done.err
    assert "| wgan | 2 | " in done.out and "lsgan above wgan in " in done.out
    first = table.read_text()
    assert [line.split(",")[:3] for line in first.splitlines()[1:]] == [
        [data, game, seed] for game in ("lsgan", "wgan") for seed in ("0", "3") for data in ("grid", "ring")
    ]
    again = medfuse(*call, "--quiet")
    assert (again.code, again.out, again.err, table.read_text()) == (0, done.out, "", first)


def test_a_table_without_one_of_its_own(medfuse, tmp_path):
    done = medfuse("experiment", "alignment", "--arms", "dicyc", "--seeds", "0", "--profile", "smoke", "--quiet")
    assert done.code == 0 and done.out.startswith("| training | seeds | landmark_mm | error_hu | lesion_hu |")


def test_all_are_listed(medfuse):
    done = medfuse("list", "experiments")
    assert done.code == 0 and [line.split()[0] for line in done.out.splitlines()[1:]] == [
        experiment.name for experiment in list_experiments()
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["mods"], "did you mean 'modes'"),
        (["modes", "--arms", "lsgann"], "did you mean 'lsgan'"),
        (["modes", "--seeds", "x"], "expected whole numbers"),
        (["modes", "--table", "nowhere/modes.csv"], "make it first"),
        (["modes", "--table", "other.csv"], "expected the table of experiment 'modes'"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, tmp_path, monkeypatch, call, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.csv").write_text("name\nx\n")
    done = medfuse("experiment", *call)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
