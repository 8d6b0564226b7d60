"""The tidy table: one row for each method, pair and metric."""

import csv
import io
import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from medfuse_course.benchmark.jobs import Status

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Row:
    """One value.

    Attributes
    ----------
    method
        Slug and options, such as ``"laplacian_pyramid:levels=5"``.
    pair
        Name and options of the pair, such as ``"aanlib/mri-ct:split=test"``.
    slice, seed, case
        Which of them; None where there is none, or for the phantom's own choice of slice.
    metric, preset
        Slug of the metric and the preset it was computed in.
    value
        NaN unless `status` is ``"ok"``.
    seconds
        That the fusion took, without loading and judging; NaN if it failed.
    status
        ``"ok"``; ``"undefined"`` when the metric has no value for these images; ``"failed"``.
    failure
        Why there is no value.
    library
        Digest of the library and the packages that made it.
    """

    method: str
    pair: str
    slice: int | None
    seed: int | None
    case: int | None
    metric: str
    preset: str
    value: float
    seconds: float
    status: Status
    failure: str
    library: str


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Results:
    """Rows in the order of pairs, methods and metrics as they were asked for."""

    rows: tuple[Row, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods, in order."""
        return tuple(dict.fromkeys(row.method for row in self.rows))

    @property
    def pairs(self) -> tuple[str, ...]:
        """Pairs without slice, seed and case, in order."""
        return tuple(dict.fromkeys(row.pair for row in self.rows))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics, in order."""
        return tuple(dict.fromkeys(row.metric for row in self.rows))

    @property
    def failed(self) -> tuple[Row, ...]:
        """Rows of what broke."""
        return tuple(row for row in self.rows if row.status == "failed")

    def to_frame(self) -> "DataFrame":
        """The table for pandas; whole numbers that may be missing are ``Int64``."""
        from pandas import DataFrame

        frame = DataFrame([asdict(row) for row in self.rows], columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(("slice", "seed", "case"), "Int64"))

    def to_csv(self) -> str:
        """The table as CSV, numbers in full; empty where there is none."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in self.rows:
            writer.writerow([_cell(value) for value in asdict(row).values()])
        return text.getvalue()


def _cell(value: str | float | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value if isinstance(value, str) else repr(value)
