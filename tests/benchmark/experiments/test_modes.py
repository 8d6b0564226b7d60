"""The mode table."""

import pytest

from medfuse_course.benchmark import run_experiment, shipped_rows
from medfuse_course.benchmark.experiments.modes import ModeRow, mode_table, orderings


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


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:wgan: ")
def test_games_are_played_and_the_same_again():
    pytest.importorskip("torch")
    first, again = (list(run_experiment("modes", ["wgan"], [0, 1], "smoke")) for _ in range(2))
    assert first == again and [(row.data, row.seed) for row in first] == [
        (d, s) for s in (0, 1) for d in ("grid", "ring")
    ]
    assert first[1].modes == 8 and first[1] != first[3]


def test_the_shipped_table_has_both_data_sets():
    shipped = shipped_rows("modes")
    assert {(row.data, row.modes) for row in shipped} == {("grid", 25), ("ring", 8)}
    assert all(0 < row.good < 1 and 0 < row.found <= row.modes and 0 <= row.imbalance < 3.3 for row in shipped)
