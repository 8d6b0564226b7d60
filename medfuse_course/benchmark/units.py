"""Over what means and intervals are: the seeds of a phantom, the patients of an atlas, or their slices."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from medfuse_course.benchmark.results import Row

FEWEST_PATIENTS = 5
"""From so many patients on, the patient is the unit, below it the slice."""

Unit = tuple[int, ...]
"""A seed, a case, or a case and its slice."""
Item = tuple[Unit, int | None]
"""One pair of images: its unit and its slice."""


@dataclass(frozen=True)
class Units:
    """What the units of one pair are.

    Attributes
    ----------
    by_patient
        Whether the unit is the patient and not the slice; only of real images.
    words
        ``"10 seeds"``, ``"36 slices of 2 patients"``, ``"6 patients (110 slices)"``.
    caution
        What intervals over them do not tell; empty when they do.
    """

    by_patient: bool
    words: str
    caution: str = ""


def units_of(rows: Iterable[Row]) -> Units:
    """Look which units there are."""
    images = {(row.case, row.seed, row.slice) for row in rows}
    slices = _count(len(images), "slice")
    patients = {case for case, _, _ in images if case is not None}
    if len(patients) >= FEWEST_PATIENTS:
        return Units(True, f"{_count(len(patients), 'patient')} ({slices})")
    if patients:
        words = f"{slices} of {_count(len(patients), 'patient')}"
        return Units(False, words, f"Intervals over {words} say nothing about other patients")
    seeds = {seed for _, seed, _ in images}
    words = _count(len(seeds), "seed")
    return Units(False, words if len(images) == len(seeds) else f"{words} ({slices})")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def values_by_method(rows: Iterable[Row], metric: str, by_patient: bool) -> dict[str, dict[Item, float]]:
    """Method to the finite values of one metric, each under its unit and its slice."""
    values: dict[str, dict[Item, float]] = {}
    for row in rows:
        mine = values.setdefault(row.method, {})
        if row.metric == metric and math.isfinite(row.value):
            mine[_item(row, by_patient)] = row.value
    return values


def _item(row: Row, by_patient: bool) -> Item:
    if row.case is None:
        return (row.seed or 0,), row.slice
    return ((row.case,) if by_patient else (row.case, row.slice or 0)), row.slice


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
