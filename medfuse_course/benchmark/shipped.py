"""What ships already measured: tables of `make benchmark`, `make modes` and `make alignment`, times of `make bench`."""

import csv
import json
from typing import Any

from medfuse_course.benchmark.alignment import AlignmentRow
from medfuse_course.benchmark.modes import ModeRow
from medfuse_course.benchmark.results import Results
from medfuse_course.benchmark.table import read_table
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import unknown

_MODES, _ALIGNMENT = "modes", "alignment"
"""Tables of trainings, which fuse nothing."""


def shipped_table(name: str) -> Results:
    """Read a table that ships with the course.

    Parameters
    ----------
    name
        ``"classical"``, ``"cnn"`` or another file of ``data/benchmark``, without its ending.

    Returns
    -------
    Its results, a row for each value.

    Raises
    ------
    ValueError
        There is no such table.
    """
    folder = data_path("benchmark")
    tables = sorted(path.stem for path in folder.glob("*.csv") if path.stem not in (_MODES, _ALIGNMENT))
    if name not in tables:
        raise ValueError(unknown("table", name, tables))
    return read_table(folder / f"{name}.csv")


def shipped_modes() -> list[ModeRow]:
    """Read the mode table: every game on points of the plane, a row for each seed.

    Returns
    -------
    Its rows, in the order in which they were played.
    """
    with data_path("benchmark", f"{_MODES}.csv").open(encoding="utf8", newline="") as lines:
        return [
            ModeRow(
                row["data"],
                row["game"],
                *(int(row[name]) for name in ("seed", "found", "modes")),
                *(float(row[name]) for name in ("good", "imbalance")),
            )
            for row in csv.DictReader(lines)
        ]


def shipped_alignment() -> list[AlignmentRow]:
    """Read the alignment table: translations without pairs, a row for each training.

    Returns
    -------
    Its rows, in the order in which they were trained.
    """
    with data_path("benchmark", f"{_ALIGNMENT}.csv").open(encoding="utf8", newline="") as lines:
        return [
            AlignmentRow(
                row["training"],
                int(row["seed"]),
                *(float(row[name]) for name in ("landmark_mm", "error_hu", "lesion_hu")),
            )
            for row in csv.DictReader(lines)
        ]


def shipped_timings() -> dict[str, Any]:
    """Read how long things took when they were last measured.

    Returns
    -------
    What was timed, such as ``"methods (ms)"``, with its times by name; and the machine.
    """
    timings: dict[str, Any] = json.loads(data_path("timings.json").read_text(encoding="utf8"))
    return timings
