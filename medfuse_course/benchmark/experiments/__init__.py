"""Experiments: comparisons over several trainings, whose question stands before their answer, and shipped tables.

An experiment is a declaration in `catalogue`, and a module of its name that says what a row is and computes the rows of
one arm and one seed. Running, going on, shipping, intervals and the command line are the same for all.
"""

from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.benchmark.experiments.reading import (
    describe_experiment,
    experiment_table,
    seed_means,
    show_rows,
    with_interval,
)
from medfuse_course.benchmark.experiments.running import (
    find_experiment,
    list_experiments,
    run_experiment,
    shipped_rows,
)

__all__ = [
    "Experiment",
    "describe_experiment",
    "experiment_table",
    "find_experiment",
    "list_experiments",
    "run_experiment",
    "seed_means",
    "shipped_rows",
    "show_rows",
    "with_interval",
]
