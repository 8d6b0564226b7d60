"""Results as a small CSV file that can be shipped: one line for each fused image, one column for each metric.

Without seconds and digests, which differ from machine to machine: the same library writes the same bytes.
"""

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path

from medfuse_course.benchmark.results import Results, Row
from medfuse_course.metrics.catalogue import METRICS

KEYS = ("method", "pair", "slice", "seed", "case", "preset")
DIGITS = 6
"""Significant digits of a value."""


def table_text(results: Results) -> str:
    """The results as CSV.

    A value is empty where a metric has none for an image.

    Raises
    ------
    ValueError
        Some values failed: a table that is read again later must not hide that.

    Examples
    --------
    >>> from medfuse_course.benchmark import shipped_table, table_text
    >>> table_text(shipped_table("gan")).splitlines()[0].split(",")[:6]  # then the metrics
    ['method', 'pair', 'slice', 'seed', 'case', 'preset']
    """
    if results.failed:
        first = results.failed[0]
        raise ValueError(
            f"results: {len(results.failed)} values failed, the first by {first.method} on {first.pair}: "
            f"{first.failure}; a table holds complete results only"
        )
    lines: dict[tuple[str, ...], dict[str, str]] = {}
    for row in results.rows:
        lines.setdefault(_key(row), {})[row.metric] = "" if math.isnan(row.value) else f"{row.value:.{DIGITS}g}"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*KEYS, *results.metrics])
    for key, values in lines.items():
        writer.writerow([*key, *(values.get(metric, "") for metric in results.metrics)])
    return text.getvalue()


def read_table(path: Path | str) -> Results:
    """Results from a file that `table_text` made.

    Parameters
    ----------
    path
        The file, such as ``core.files.data_path("benchmark", "classical.csv")``.

    Returns
    -------
    Results without seconds (NaN) and without the digest of a library (empty).

    Raises
    ------
    ValueError
        The file is no such table, or has a metric that this library does not know.

    Examples
    --------
    >>> from medfuse_course.benchmark import read_table, table_text
    >>> from medfuse_course.core.files import data_path
    >>> path = data_path("benchmark", "gan.csv")
    >>> results = read_table(path)
    >>> results.rows[0].method, results.rows[0].metric
    ('fusiongan', 'lesion_contrast_recovery')
    >>> table_text(results) == path.read_text(encoding="utf8")
    True
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = tuple(reader.fieldnames or ())
        metrics = columns[len(KEYS) :]
        if columns[: len(KEYS)] != KEYS or not metrics:
            raise ValueError(f"{path}: expected the columns {', '.join(KEYS)} and metrics, got {', '.join(columns)}")
        for metric in metrics:
            _ = METRICS[metric]  # an unknown name is answered here
        return Results(tuple(row for line in reader for row in _rows(line, metrics)))


def _key(row: Row) -> tuple[str, ...]:
    numbers = ("" if n is None else str(n) for n in (row.slice, row.seed, row.case))
    return (row.method, row.pair, *numbers, row.preset)


def _rows(line: dict[str, str], metrics: Iterable[str]) -> Iterable[Row]:
    slice, seed, case = (int(line[name]) if line[name] else None for name in ("slice", "seed", "case"))
    for metric in metrics:
        known = line[metric] != ""
        yield Row(
            method=line["method"],
            pair=line["pair"],
            slice=slice,
            seed=seed,
            case=case,
            metric=metric,
            preset=line["preset"],
            value=float(line[metric]) if known else math.nan,
            seconds=math.nan,
            status="ok" if known else "undefined",
            failure="" if known else "the table has none",
            library="",
        )
