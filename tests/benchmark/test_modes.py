"""The mode table."""

import pytest

from medfuse_course.benchmark import ModeRow, mode_rows, mode_table, shipped_modes
from medfuse_course.benchmark.modes import DEFAULT_GAMES, orderings, write_modes
from medfuse_course.core.files import data_path


def rows(game, *values):
    return [
        ModeRow("grid", game, seed, found, 25, good, imbalance) for seed, (found, good, imbalance) in enumerate(values)
    ]


PLAYED = [
    *rows("lsgan", (20, 0.5, 0.3), (22, 0.7, 0.5), (24, 0.6, 0.4)),
    *rows("wgan", (24, 0.1, 0.1), (24, 0.8, 0.6), (24, 0.7, 0.2)),
]


def test_the_table_has_means_and_spreads_of_all_three_numbers():
    lines = mode_table(PLAYED).splitlines()
    assert lines[2] == "| game | seeds | modes found, of 25 | good samples, % | imbalance |"
    assert lines[4] == "| lsgan | 3 | 22.0 ± 2.0 | 60.0 ± 10.0 | 0.400 ± 0.100 |"
    assert lines[5].startswith("| wgan | 3 | 24.0 ± 0.0 | 53.3 ± 37.9 |")


def test_orderings_are_counted_seed_by_seed_and_said_either_way():
    assert orderings(PLAYED) == [
        "imbalance: lsgan above wgan in 2 of 3 seeds: as expected",
        "good samples: lsgan above wgan in 1 of 3 seeds: differs from what was expected",
    ]
    assert orderings(PLAYED[:3]) == []


def test_equal_numbers_are_in_no_order():
    said = orderings([*rows("lsgan", (24, 0.5, 0.3)), *rows("wgan_gp", (24, 0.5, 0.3))])
    assert len(said) == 3 and all(text.endswith("in 0 of 1 seeds: differs from what was expected") for text in said)


def test_the_file_holds_every_row():
    assert write_modes(PLAYED).splitlines()[:2] == [
        "data,game,seed,found,modes,good,imbalance",
        "grid,lsgan,0,20,25,0.5,0.3",
    ]
    assert len(write_modes(PLAYED).splitlines()) == 7


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:wgan: ")
def test_games_are_played_and_the_same_again():
    pytest.importorskip("torch")
    first, again = (list(mode_rows(["ring"], ["wgan"], [0, 1], "smoke")) for _ in range(2))
    assert first == again and [row.seed for row in first] == [0, 1]
    assert first[0].modes == 8 and first[0] != first[1]


@pytest.mark.torch
@pytest.mark.parametrize(("names", "words"), [((["gridd"], ["wgan"]), "'grid'"), ((["grid"], ["lsgann"]), "'lsgan'")])
def test_an_unknown_name_is_answered_before_anything_is_played(names, words):
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=f"did you mean {words}"):
        mode_rows(*names)


def test_the_shipped_table_has_every_game_with_five_seeds():
    """Its bytes are those of `make modes` on another machine too, as far as floats agree there; its protocol always."""
    shipped = shipped_modes()
    assert {(row.data, row.modes) for row in shipped} == {("grid", 25), ("ring", 8)}
    assert [(row.data, row.game, row.seed) for row in shipped] == [
        (data, game, seed) for data in ("grid", "ring") for game in DEFAULT_GAMES for seed in range(5)
    ]
    assert all(0 < row.good < 1 and 0 < row.found <= row.modes and 0 <= row.imbalance < 3.3 for row in shipped)
    assert write_modes(shipped) == data_path("benchmark", "modes.csv").read_text(encoding="utf8")


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:wgan: ")
def test_a_row_of_the_shipped_table_comes_out_again():
    """A game is chaotic: where sums are rounded otherwise its samples are others, so only their order holds."""
    pytest.importorskip("torch")
    (again,) = mode_rows(["ring"], ["wgan"], [0], "lesson")
    recorded = next(row for row in shipped_modes() if (row.data, row.game, row.seed) == ("ring", "wgan", 0))
    assert abs(again.found - recorded.found) <= 2
    assert again.good == pytest.approx(recorded.good, abs=0.15)
    assert again.imbalance == pytest.approx(recorded.imbalance, abs=0.3)
