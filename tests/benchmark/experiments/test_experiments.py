"""Every experiment: its declaration, its shipped table, going on with a table; and what rows say."""

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from medfuse_course.benchmark import (
    describe_experiment,
    experiment_table,
    find_experiment,
    list_experiments,
    paired_interval,
    run_experiment,
    seed_means,
    shipped_rows,
    with_interval,
)
from medfuse_course.benchmark.experiments import running
from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.benchmark.rows import write_rows
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import UnknownNameError

each = pytest.mark.parametrize("experiment", list_experiments(), ids=lambda e: e.name)
LONG = (
    "anatomical_consistency",
    "low_dose_ct",
    "regions_first",
    "segmentation",
    "structural_consistency",
    "style_transfer",
)
"""No unit of theirs takes few seconds: they are computed again once a week."""

CHAOTIC = ("balance", "modes")
"""Games of two networks over thousands of steps. Another processor rounds otherwise and plays another game: a unit then
comes out as some unit of its arm, and not as this one."""


@dataclass(frozen=True)
class Row:
    arm: str
    seed: int
    center: str
    dice: float


ROWS = [Row("a", s, c, s + k) for s in (0, 1) for k, c in enumerate("AB")] + [Row("b", 0, "A", math.nan)]


@each
def test_a_declaration_is_whole(experiment):
    for name in ("title", "hypothesis", "baseline", "measure", "expected", "falsified"):
        assert len(getattr(experiment, name)) > 15, name
    columns = [field.name for field in fields(experiment.row_type)]
    assert columns[:3].count(experiment.arm_column) == columns[:3].count("seed") == 1
    arm, _ = experiment.sample
    assert arm in experiment.arms and set(experiment.untrained) < set(experiment.arms)


@each
def test_the_shipped_table_is_in_order_with_five_seeds_and_written_as_it_is(experiment):
    shipped = shipped_rows(experiment.name)
    assert shipped == running.in_order(experiment, shipped)
    path = data_path("benchmark", f"{experiment.name}.csv")
    assert write_rows(experiment.row_type, shipped) == path.read_text(encoding="utf8")
    units = {experiment.unit_of(row) for row in shipped}
    for arm in {arm for arm, _ in units}:
        seeds = {seed for name, seed in units if name == arm}
        assert seeds == ({0} if arm in experiment.untrained else {0, 1, 2, 3, 4}), f"{arm}: {seeds}"


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "experiment",
    [
        pytest.param(e, id=e.name, marks=pytest.mark.weekly if e.name in LONG else pytest.mark.slow)
        for e in list_experiments()
    ],
)
def test_a_unit_of_the_shipped_table_comes_out_again(experiment):
    pytest.importorskip("torch")
    arm, seed = experiment.sample
    again = list(experiment.run_unit(arm, seed, experiment.profile))
    told = [row for row in shipped_rows(experiment.name) if experiment.unit_of(row) == (arm, seed)]
    assert len(again) == len(told) > 0
    same_arm = [row for row in shipped_rows(experiment.name) if getattr(row, experiment.arm_column) == arm]
    for field in fields(experiment.row_type):
        got, kept = ([getattr(row, field.name) for row in rows] for rows in (again, told))
        if field.type not in (float, "float"):
            assert field.type in (int, "int") or got == kept
            continue
        bound = experiment.tolerance * (np.nanmean(np.abs(kept)) if np.isfinite(kept).any() else 0) + 1e-3
        if experiment.name in CHAOTIC:
            told_by_all = [getattr(row, field.name) for row in same_arm]
            assert min(told_by_all) - bound <= min(got) and max(got) <= max(told_by_all) + bound, field.name
            continue
        np.testing.assert_allclose(got, kept, atol=bound, err_msg=field.name)


@pytest.fixture
def counted(monkeypatch):
    """An experiment that counts what it runs; its rows are those of `modes`."""
    units = []

    class Counted(Experiment):
        def run_unit(self, arm, seed, profile=None):
            units.append((arm, seed, profile))
            if seed == 3:
                raise KeyboardInterrupt
            yield self.row_type("ring", arm, seed, 7, 8, 0.5, 0.1)

    known = find_experiment("modes")
    declared = Counted(**{f.name: getattr(known, f.name) for f in fields(known)})
    monkeypatch.setattr(running, "EXPERIMENTS", {"modes": replace(declared, untrained=("wgan",))})
    return units


def test_a_run_that_was_stopped_goes_on_where_it_was(counted, tmp_path):
    table = tmp_path / "modes.csv"
    with pytest.raises(KeyboardInterrupt):
        list(run_experiment("modes", ["lsgan", "wgan"], [0, 1, 3], table=table))
    assert [line.split(",")[1:3] for line in table.read_text().splitlines()[1:]] == [["lsgan", "0"], ["lsgan", "1"]]
    counted.clear()
    rows = list(run_experiment("modes", ["wgan", "lsgan"], [0, 1], table=table))
    assert counted == [("wgan", 0, "lesson")] and len(rows) == 3
    assert [line.split(",")[1] for line in table.read_text().splitlines()[1:]] == ["lsgan", "lsgan", "wgan"]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "data,game,seed,found,modes,good,imbalance\nx,chess,0,1,1,1,1\n"])
def test_the_table_of_something_else_is_left_as_it_is(counted, tmp_path, content):
    table = tmp_path / "modes.csv"
    table.write_text(content)
    with pytest.raises(ValueError, match="expected the table of experiment 'modes', got another file"):
        run_experiment("modes", ["wgan"], [0], table=table)
    assert table.read_text() == content and counted == []


def test_an_unknown_name_is_answered_before_anything_is_run():
    with pytest.raises(UnknownNameError, match="unknown experiment 'mode'; did you mean 'modes'"):
        run_experiment("mode")
    with pytest.raises(UnknownNameError, match="unknown arm 'wgann'; did you mean 'wgan"):
        run_experiment("modes", ["wgann"])


def test_means_of_each_seed_by_hand():
    np.testing.assert_array_equal(seed_means(ROWS, "dice")["a"], [0.5, 1.5])
    assert np.isnan(seed_means(ROWS, "dice")["b"]).all()
    np.testing.assert_array_equal(seed_means(ROWS, "dice", by="center", arm="a")["B"], [1, 2])
    with pytest.raises(ValueError, match="expected some with center='C', got none of 5"):
        seed_means(ROWS, "dice", center="C")


def test_a_table_has_a_line_for_each_key_and_intervals_from_five_seeds_on():
    lines = experiment_table(ROWS, ("arm", "center")).splitlines()
    assert lines[0] == "| arm | center | seeds | dice |" and lines[2] == "| a | A | 2 | 0.5 |"
    assert lines[-1] == "| b | A | 1 | - |"
    values = np.array([1.0, 2, 3, 4, 9])
    low, high = paired_interval(values)
    assert with_interval(values) == f"3.8 ({low:.3g} to {high:.3g})" and with_interval(values[:4]) == "2.5"


@each
def test_what_was_said_before_is_shown(experiment):
    text = describe_experiment(experiment.name)
    assert experiment.hypothesis in text and f"medfuse experiment {experiment.name}" in text and text.count("\n") == 5
