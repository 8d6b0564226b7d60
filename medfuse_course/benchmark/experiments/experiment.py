"""What an experiment is: a question said before its answer, arms that are compared, and rows that are trainings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import load_object


@dataclass(frozen=True)
class Experiment:
    """A measured comparison over several trainings; data, from which nothing is imported before it is run.

    Attributes
    ----------
    name
        Of the experiment, of its module in this package, and of its table in ``data/benchmark``.
    title
        One line for people.
    hypothesis
        What is claimed, by the review or by common sense.
    baseline
        What a sceptic would rather do.
    measure
        What is compared, and which direction is better.
    expected
        How large an effect was expected before the table was made; what had been looked at by then is said with it.
    falsified
        Which result would refute the hypothesis.
    arms
        What is compared.
    row
        Class of the rows in the module: a dataclass whose columns are `arm_column`, ``seed``, what names the
        condition, and the measures.
    minutes
        What the whole table takes on one thread of a processor.
    sample
        An arm and a seed that take seconds: the tests compute them again.
    tolerance
        By how much the measures of the sample may differ from the shipped ones, relative to their size: where sums are
        rounded otherwise a training ends otherwise.
    profile
        With which budgets the shipped table was made.
    untrained
        Arms that no seed changes: they are run once, as seed 0.
    arm_column
        The column that names the arm.
    table
        Function of the module that shows rows as Markdown; "" is `experiment_table`.
    """

    name: str
    title: str
    hypothesis: str
    baseline: str
    measure: str
    expected: str
    falsified: str
    arms: tuple[str, ...]
    row: str
    minutes: int
    sample: tuple[str, int]
    tolerance: float = 0.02
    profile: Profile = "lesson"
    untrained: tuple[str, ...] = ()
    arm_column: str = "arm"
    table: str = ""

    @property
    def module(self) -> str:
        """Where it is computed."""
        return f"medfuse_course.benchmark.experiments.{self.name}"

    @property
    def row_type(self) -> type[Any]:
        """The class of its rows."""
        kind: type[Any] = load_object(f"{self.module}:{self.row}")
        return kind

    def run_unit(self, arm: str, seed: int, profile: Profile | None = None) -> Iterator[Any]:
        """Compute the rows of one arm and one seed: the module's ``run``."""
        rows: Iterator[Any] = load_object(f"{self.module}:run")(arm, seed, profile)
        return rows

    def unit_of(self, row: Any) -> tuple[str, int]:
        """The arm and the seed that a row belongs to."""
        return getattr(row, self.arm_column), row.seed
