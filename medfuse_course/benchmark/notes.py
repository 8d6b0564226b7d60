"""What a reader of a table must be told beside it: what intervals leave out, what failed, what has no value."""

from collections.abc import Collection, Iterable, Sequence

from medfuse_course.benchmark.measures import metric_of
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.units import FEWEST_SUBJECTS, Units
from medfuse_course.datasets import aanlib


def notes_of(rows: Sequence[Row], over: Units, counts: Collection[int]) -> Iterable[str]:
    """Say it.

    Parameters
    ----------
    rows
        Of one pair.
    over
        What its units are.
    counts
        Over how many independent values each interval is.

    Returns
    -------
    Sentences without a period.
    """
    yield from _cautions(rows[0].pair, over, counts)
    yield from _failures(rows)
    yield from _undefined(rows)


def _cautions(pair: str, over: Units, counts: Collection[int]) -> Iterable[str]:
    """What the intervals do not tell; `counts` says over how many blocks each of them is."""
    if not over.by_subject:
        yield f"No verdict: that takes {FEWEST_SUBJECTS} subjects, and these are {over.words}"
        if counts:
            few, many = min(counts), max(counts)
            worth = f"{few}" if few == many else f"{few} to {many}"
            yield (
                f"Neighboring slices are near copies: by how alike they are, these are worth {worth} independent ones, "
                f"which depends on metric and method. From {FEWEST_SUBJECTS} on an interval over blocks of slices "
                "stands; it says nothing about other subjects"
            )
    name = pair.partition(":")[0]
    if name.removeprefix("aanlib/") in aanlib.MODALITIES and (said := aanlib.caution(name)):
        yield said


def _failures(rows: Iterable[Row]) -> Iterable[str]:
    by_method: dict[str, list[Row]] = {}
    for row in rows:
        by_method.setdefault(row.method, []).append(row)
    for method, mine in by_method.items():
        if broken := [row for row in mine if row.status == "failed"]:
            yield f"{method}: {len(broken)} of {len(mine)} values failed, the first by: {broken[0].failure}"


def _undefined(rows: Iterable[Row]) -> Iterable[str]:
    by_metric: dict[str, list[Row]] = {}
    for row in rows:
        by_metric.setdefault(row.metric, []).append(row)
    for metric, those in by_metric.items():
        empty = [row for row in those if row.status == "undefined"]
        if empty:
            amount = "no value" if len(empty) == len(those) else f"no value for {len(empty)} of {len(those)} images"
            yield f"{metric_of(metric).abbreviation} has {amount}: {empty[0].failure}"
