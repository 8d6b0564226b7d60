"""What ships already measured: tables of `make benchmark`, times of `make bench`."""

import json
from typing import Any

from medfuse_course.benchmark.experiments.catalogue import EXPERIMENTS
from medfuse_course.benchmark.results import Results
from medfuse_course.benchmark.table import read_table
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import unknown


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

    Examples
    --------
    >>> from medfuse_course.benchmark import shipped_table
    >>> results = shipped_table("gan")
    >>> "fusiongan" in results.methods, results.pairs
    (True, ('head/mri-ct:lesions=2', 'head/mri-pet:lesions=2', 'head/mri-spect:lesions=2', 'thorax/ct-pet:lesions=2'))
    """
    folder = data_path("benchmark")
    tables = sorted(path.stem for path in folder.glob("*.csv") if path.stem not in EXPERIMENTS)
    if name not in tables:
        raise ValueError(unknown("table", name, tables))
    return read_table(folder / f"{name}.csv")


def shipped_timings() -> dict[str, Any]:
    """Read how long things took when they were last measured.

    Returns
    -------
    What was timed, such as ``"methods (ms)"``, with its times by name; and the machine.

    Examples
    --------
    >>> from medfuse_course.benchmark import shipped_timings
    >>> times = shipped_timings()
    >>> 0 < times["methods (ms)"]["average"] < times["methods (ms)"]["laplacian_pyramid"]
    True
    """
    timings: dict[str, Any] = json.loads(data_path("timings.json").read_text(encoding="utf8"))
    return timings
