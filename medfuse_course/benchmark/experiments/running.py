"""Experiments run, gone on with, and read: what is known of a unit, one arm and one seed, is not computed again."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from medfuse_course.benchmark.experiments.catalogue import EXPERIMENTS
from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.benchmark.rows import as_written, read_rows, write_rows
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name

SEEDS = tuple(range(5))
"""Of the trainings of a shipped table."""


def list_experiments() -> tuple[Experiment, ...]:
    """Declarations of all experiments, in the order of the course.

    Examples
    --------
    >>> from medfuse_course.benchmark import list_experiments
    >>> [experiment.name for experiment in list_experiments()][:3]
    ['modes', 'alignment', 'low_dose_ct']
    """
    return EXPERIMENTS.values()


def find_experiment(name: str) -> Experiment:
    """The declaration of one experiment; an unknown name suggests the nearest ones.

    Examples
    --------
    >>> from medfuse_course.benchmark import find_experiment
    >>> experiment = find_experiment("pruning")
    >>> experiment.arms[:3], experiment.profile
    (('maximum', 'laplacian_pyramid', 'dense'), 'lesson')
    """
    return EXPERIMENTS[name]


def run_experiment(
    name: str,
    arms: Sequence[str] | None = None,
    seeds: Sequence[int] = SEEDS,
    profile: Profile | None = None,
    *,
    table: Path | None = None,
) -> Iterator[Any]:
    """Run each arm with each seed, or go on with a table that is there.

    Parameters
    ----------
    name
        Of `list_experiments`.
    arms
        Some of its arms; all by default.
    seeds
        Of weights and batches. Arms that no seed changes are run once.
    profile
        How much work; that of the shipped table by default.
    table
        A CSV file. The units that it holds are not run again, their rows are handed on; it is rewritten as a whole
        after each unit, so that a run that was stopped goes on where it was.

    Returns
    -------
    Rows, a unit at a time; names are checked at once.

    Raises
    ------
    UnknownNameError
        There is no such experiment, or it has no such arm.
    ValueError
        The file is the table of something else.

    Examples
    --------
    >>> from medfuse_course.benchmark import run_experiment
    >>> from medfuse_course.core.files import data_path
    >>> new = run_experiment("modes", arms=["lsgan"], seeds=[0])  # nothing is run before a row is asked for
    >>> done = run_experiment("modes", arms=["lsgan"], table=data_path("benchmark", "modes.csv"))
    >>> [row.seed for row in done if row.data == "ring"]  # the table holds all of them: handed on, not run again
    [0, 1, 2, 3, 4]
    """
    experiment = find_experiment(name)
    for arm in arms or ():
        check_name("arm", arm, experiment.arms)
    done = _read(table, experiment) if table and table.exists() else []
    return _run(experiment, arms or experiment.arms, seeds, profile or experiment.profile, done, table)


def shipped_rows(name: str) -> list[Any]:
    """The table of an experiment that ships with the course.

    Parameters
    ----------
    name
        Of `list_experiments`.

    Returns
    -------
    Its rows: arm by arm, seed by seed.

    Examples
    --------
    >>> from medfuse_course.benchmark import shipped_rows
    >>> rows = shipped_rows("pruning")
    >>> sorted({row.seed for row in rows}), rows[0].arm
    ([0, 1, 2, 3, 4], 'maximum')
    """
    return read_rows(data_path("benchmark", f"{name}.csv"), find_experiment(name).row_type)


def in_order(experiment: Experiment, rows: Sequence[Any]) -> list[Any]:
    """Rows in the order of a table: arms as they are declared, then seeds, then as they were made."""
    places = {arm: place for place, arm in enumerate(experiment.arms)}
    units = [experiment.unit_of(row) for row in rows]
    order = sorted(range(len(rows)), key=lambda k: (places[units[k][0]], units[k][1]))
    return [rows[k] for k in order]


def _run(
    experiment: Experiment, arms: Sequence[str], seeds: Sequence[int], profile: Profile, done: list[Any],
    table: Path | None,
) -> Iterator[Any]:  # fmt: skip
    for arm in arms:
        for seed in (0,) if arm in experiment.untrained else seeds:
            known = [row for row in done if experiment.unit_of(row) == (arm, seed)]
            if not known:
                known = as_written(experiment.row_type, list(experiment.run_unit(arm, seed, profile)))
                done += known
                if table:
                    with atomic_path(table) as part:
                        part.write_text(write_rows(experiment.row_type, in_order(experiment, done)), encoding="utf-8")
            yield from known


def _read(table: Path, experiment: Experiment) -> list[Any]:
    try:
        rows = read_rows(table, experiment.row_type)
        for row in rows:
            check_name("arm", experiment.unit_of(row)[0], experiment.arms)
    except (KeyError, TypeError, ValueError) as reason:
        raise ValueError(
            f"{table}: expected the table of experiment {experiment.name!r}, got another file; name one that does not "
            f"exist yet ({type(reason).__name__}: {reason})"
        ) from reason
    return rows
