"""What ships already measured: tables of `make benchmark` and of trainings, times of `make bench`."""

import json
from typing import Any

from medfuse_course.benchmark.alignment import AlignmentRow
from medfuse_course.benchmark.lesion_table import SegmentationRow
from medfuse_course.benchmark.low_dose_ct import CtRow
from medfuse_course.benchmark.modes import ModeRow
from medfuse_course.benchmark.results import Results
from medfuse_course.benchmark.rows import read_rows
from medfuse_course.benchmark.table import read_table
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import unknown

_TRAININGS = ("alignment", "low_dose_ct", "modes", "segmentation")
"""Tables whose rows are trainings: read by functions of their own."""


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
    tables = sorted(path.stem for path in folder.glob("*.csv") if path.stem not in _TRAININGS)
    if name not in tables:
        raise ValueError(unknown("table", name, tables))
    return read_table(folder / f"{name}.csv")


def shipped_modes() -> list[ModeRow]:
    """Read the mode table: every game on points of the plane, a row for each seed.

    Returns
    -------
    Its rows, in the order in which they were played.
    """
    return read_rows(data_path("benchmark", "modes.csv"), ModeRow)


def shipped_alignment() -> list[AlignmentRow]:
    """Read the alignment table: translations without pairs, a row for each training.

    Returns
    -------
    Its rows, in the order in which they were trained.
    """
    return read_rows(data_path("benchmark", "alignment.csv"), AlignmentRow)


def shipped_ct_rows() -> list[CtRow]:
    """Read the table of a CT beside a low-dose PET: a row for each image that a training enhanced.

    Returns
    -------
    Its rows, in the order in which they were made.
    """
    return read_rows(data_path("benchmark", "low_dose_ct.csv"), CtRow)


def shipped_segmentation() -> list[SegmentationRow]:
    """Read the table of lesions marked on CT and PET: a row for each patient that a training segmented.

    Returns
    -------
    Its rows.
    """
    return read_rows(data_path("benchmark", "segmentation.csv"), SegmentationRow)


def shipped_timings() -> dict[str, Any]:
    """Read how long things took when they were last measured.

    Returns
    -------
    What was timed, such as ``"methods (ms)"``, with its times by name; and the machine.
    """
    timings: dict[str, Any] = json.loads(data_path("timings.json").read_text(encoding="utf8"))
    return timings
