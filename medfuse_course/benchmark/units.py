"""What means and intervals are taken over: subjects (seeds of a phantom, people of an atlas), or slices of a few."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from medfuse_course.benchmark.results import Row
from medfuse_course.datasets import aanlib

FEWEST_SUBJECTS = 5
"""With at least this many subjects the unit is the subject and there are verdicts; with fewer the slice, and none."""

Unit = tuple[str, int]
"""A subject of real images and 0, such a subject and its slice, or nothing and the seed of a phantom."""
Item = tuple[Unit, int | None]
"""One pair of images: its unit and its slice."""


@dataclass(frozen=True)
class Units:
    """What the units of one pair are.

    Attributes
    ----------
    by_subject
        Whether the unit is the subject: each seed of a phantom is one; of real images it is from five subjects up.
    judged
        Whether there are enough subjects for a verdict.
    words
        ``"10 seeds"``, ``"36 slices of 2 subjects"``, ``"6 subjects (110 slices)"``.
    """

    by_subject: bool
    judged: bool
    words: str


def units_of(rows: Iterable[Row]) -> Units:
    """Look which units there are."""
    images = {(row.case, row.seed, row.slice): row for row in rows}
    subjects = {_subject(row) for row in images.values()}
    slices, judged = _count(len(images), "slice"), len(subjects) >= FEWEST_SUBJECTS
    if all(case is None for case, _, _ in images):
        words = _count(len(subjects), "seed")
        return Units(True, judged, words if len(images) == len(subjects) else f"{words} ({slices})")
    people = _count(len(subjects), "subject")
    return Units(judged, judged, f"{people} ({slices})" if judged else f"{slices} of {people}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def values_by_method(rows: Iterable[Row], metric: str, by_subject: bool) -> dict[str, dict[Item, float]]:
    """Method to the finite values of one metric, each under its unit and its slice."""
    values: dict[str, dict[Item, float]] = {}
    for row in rows:
        mine = values.setdefault(row.method, {})
        if row.metric == metric and math.isfinite(row.value):
            mine[_item(row, by_subject)] = row.value
    return values


def _item(row: Row, by_subject: bool) -> Item:
    if row.case is None:
        return _subject(row), row.slice
    number = 1000 * row.case + (row.slice or 0)
    who, _ = _subject(row)
    return (who, 0 if by_subject else number), number


def _subject(row: Row) -> Unit:
    if row.case is None:
        return "", row.seed or 0
    name = row.pair.partition(":")[0].removeprefix("aanlib/")
    known = aanlib.subjects(name) if name in aanlib.MODALITIES else {}
    return known.get(row.case, f"case-{row.case}"), 0


def by_unit(values: Mapping[Item, float]) -> dict[Unit, float]:
    """The mean of each unit."""
    grouped: dict[Unit, list[float]] = {}
    for (unit, _), value in values.items():
        grouped.setdefault(unit, []).append(value)
    return {unit: fmean(grouped[unit]) for unit in sorted(grouped)}


def unit_mean(values: Mapping[Item, float]) -> float:
    """The mean over units of the mean within each; NaN when there is none."""
    return mean_of(by_unit(values).values())


def mean_of(values: Collection[float]) -> float:
    """The mean; NaN of nothing."""
    return fmean(values) if values else math.nan
