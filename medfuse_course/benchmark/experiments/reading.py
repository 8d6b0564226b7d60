"""What the rows of an experiment say: means of each seed, and a table with intervals over seeds."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.benchmark.bootstrap import paired_interval
from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.benchmark.experiments.running import find_experiment
from medfuse_course.core.registry import load_object

_SAID = ("hypothesis", "baseline", "measure", "expected", "falsified")
_NAMES = ("Hypothesis", "The sceptic's baseline", "Measure", "Expected, before its table was made", "Refuted if")


def seed_means(rows: Sequence[Any], measure: str, by: str = "arm", **where: Any) -> dict[str, NDArray[np.float64]]:
    """Means of a measure, one for each seed.

    Parameters
    ----------
    rows
        Of one experiment.
    measure
        A column with numbers; what is NaN is left out, and a seed with nothing else is NaN.
    by
        The column that separates.
    **where
        Columns and the value that a row must have there to count.

    Returns
    -------
    For each value of `by`, an array over its seeds, in their order: subtract two to compare them seed by seed.

    Raises
    ------
    ValueError
        No row is left.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> from medfuse_course.benchmark import seed_means
    >>> Row = make_dataclass("Row", [("arm", str), ("seed", int), ("error", float)])
    >>> rows = [Row("old", 0, 2.0), Row("old", 1, 4.0), Row("new", 0, 1.0), Row("new", 1, 1.0), Row("new", 1, 2.0)]
    >>> means = seed_means(rows, "error")
    >>> (means["new"] - means["old"]).tolist()  # seed by seed; the second of two values
    [-1.0, -2.5]
    """
    kept = [row for row in rows if all(getattr(row, column) == value for column, value in where.items())]
    if not kept:
        said = ", ".join(f"{column}={value!r}" for column, value in where.items()) or "none at all"
        raise ValueError(f"rows: expected some with {said}, got none of {len(rows)}")
    return {
        value: np.array([_mean(getattr(row, measure) for row in of if row.seed == seed) for seed in _seeds(of)])
        for value in dict.fromkeys(getattr(row, by) for row in kept)
        if (of := [row for row in kept if getattr(row, by) == value])
    }


def experiment_table(
    rows: Sequence[Any], keys: Sequence[str] = ("arm",), measures: Sequence[str] | None = None, digits: int = 3
) -> str:
    """Means with their 95 % intervals over seeds, as Markdown.

    Parameters
    ----------
    rows
        Of one experiment.
    keys
        Columns that separate the lines.
    measures
        Columns with numbers; all of type float by default.
    digits
        Significant ones.

    Returns
    -------
    A table: a line for each value of the keys. No interval is given for fewer than five seeds.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> from medfuse_course.benchmark import experiment_table
    >>> Row = make_dataclass("Row", [("arm", str), ("seed", int), ("error", float)])
    >>> rows = [Row("old", 0, 2.0), Row("old", 1, 4.0), Row("new", 0, 1.0), Row("new", 1, 1.0)]
    >>> print(experiment_table(rows), end="")
    | arm | seeds | error |
    | --- | ---: | ---: |
    | old | 2 | 3 |
    | new | 2 | 1 |
    """
    columns = measures or [field.name for field in fields(rows[0]) if field.type in (float, "float")]
    lines = [_line([*keys, "seeds", *columns]), _line([*("---" for _ in keys), *("---:" for _ in ("", *columns))])]
    for key in dict.fromkeys(tuple(getattr(row, key) for key in keys) for row in rows):
        of = [row for row in rows if tuple(getattr(row, k) for k in keys) == key]
        each = [next(iter(seed_means(of, column, keys[0]).values())) for column in columns]
        cells = [with_interval(values, digits) for values in each]
        lines.append(_line([*map(str, key), str(len(_seeds(of))), *cells]))
    return "\n".join(lines) + "\n"


def with_interval(values: NDArray[np.float64], digits: int = 3) -> str:
    """A mean over seeds with its 95 % interval, as text.

    Parameters
    ----------
    values
        One for each seed; what is NaN is left out.
    digits
        Significant ones.

    Returns
    -------
    ``"0.71 (0.68 to 0.75)"``; without the interval for fewer than five, ``"-"`` for none.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.benchmark import with_interval
    >>> with_interval(np.array([0.7, 0.8, np.nan]))  # too few for an interval
    '0.75'
    >>> with_interval(np.array([0.69, 0.7, 0.71, 0.72, 0.73]))
    '0.71 (0.692 to 0.728)'
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return "-"
    low, high = paired_interval(known)
    ends = f" ({low:.{digits}g} to {high:.{digits}g})" if np.isfinite(low) and low != high else ""
    return f"{known.mean():.{digits}g}{ends}"


def describe_experiment(name: str) -> str:
    """What an experiment said before its table was made, as Markdown: hypothesis, baseline, measure, and so on.

    Parameters
    ----------
    name
        Of `list_experiments`.

    Returns
    -------
    A list, and the command that runs it again.

    Examples
    --------
    >>> from medfuse_course.benchmark import describe_experiment
    >>> for line in describe_experiment("pruning").splitlines():
    ...     print(line.partition(":**")[0])
    - **Hypothesis
    - **The sceptic's baseline
    - **Measure
    - **Expected, before its table was made
    - **Refuted if
    - **Again
    """
    experiment = find_experiment(name)
    said = [f"- **{title}:** {getattr(experiment, key)}" for key, title in zip(_SAID, _NAMES, strict=True)]
    minutes = f"{experiment.minutes} minute{'s' if experiment.minutes > 1 else ''}"
    return "\n".join([*said, f"- **Again:** `medfuse experiment {name}`, about {minutes} on one processor"])


def show_rows(experiment: Experiment, rows: Sequence[Any]) -> str:
    """Rows as the experiment shows them, as Markdown.

    Parameters
    ----------
    experiment
        Whose they are.
    rows
        Some of its rows.

    Returns
    -------
    What its own function makes of them, or `experiment_table` by arm and by every column of text.
    """
    if experiment.table:
        shown: str = load_object(f"{experiment.module}:{experiment.table}")(rows)
        return shown
    arm = experiment.arm_column
    words = [field.name for field in fields(rows[0]) if field.type in (str, "str") and field.name != arm]
    return experiment_table(rows, [arm, *words])


def _mean(values: Any) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _seeds(rows: Sequence[Any]) -> list[int]:
    return sorted({row.seed for row in rows})


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
