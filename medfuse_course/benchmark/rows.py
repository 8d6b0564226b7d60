"""Tables whose rows are trainings or patients: values of one dataclass, as CSV and back."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")


def write_rows(kind: type[Row], rows: Sequence[Row]) -> str:
    """The rows as CSV, four digits; what is not defined is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(kind)], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _written(value) for name, value in asdict(row).items()} for row in rows)
    return text.getvalue()


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """The lines of a table as rows of a kind; a number that is empty is NaN."""
    with path.open(encoding="utf8", newline="") as lines:
        return _rows_of(lines, kind)


def as_written(kind: type[Row], rows: Sequence[Row]) -> list[Row]:
    """The rows with the digits that a file keeps, so that what was just made equals what is read again."""
    return _rows_of(io.StringIO(write_rows(kind, rows)), kind)


def _rows_of(lines: Iterable[str], kind: type[Row]) -> list[Row]:
    types = {field.name: field.type for field in fields(kind)}
    return [
        kind(**{column: _read(text, types[column]) for column, text in line.items()}) for line in csv.DictReader(lines)
    ]


def _written(value: Any) -> Any:
    return ("" if math.isnan(value) else f"{value:.4g}") if isinstance(value, float) else value


def _read(text: str, kind: Any) -> Any:
    return math.nan if kind is float and not text else kind(text)
