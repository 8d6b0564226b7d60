"""Small benchmarks, rows made by hand, and methods that misbehave in a worker process too."""

import math
import os
import signal
from dataclasses import dataclass, replace

from medfuse_course.benchmark import MethodSpec, Results, Row
from medfuse_course.methods.base import Method

METRICS = ["en", "cc"]


def row(method: str, value: float, *, metric: str = "ssim", pair: str = "head/mri-ct", **fields: object) -> Row:
    """A row of a phantom, or of a real pair when ``case`` is given."""
    given = {"slice": None, "seed": None if "case" in fields else 0, "case": None, "seconds": 0.5} | fields
    status = given.pop("status", "undefined" if math.isnan(value) else "ok")
    failure = given.pop("failure", "" if status == "ok" else "no reason")
    return Row(
        method, pair, metric=metric, preset="course", value=value, status=status, failure=failure, library="x", **given
    )


def over_seeds(metric: str = "ssim", **values: list[float]) -> Results:
    """Method to its values, one for each seed."""
    return Results(
        tuple(row(method, v, metric=metric, seed=k) for method, those in values.items() for k, v in enumerate(those))
    )


def timeless(results: Results) -> list[Row]:
    """Rows without the seconds, which no two runs share."""
    return [replace(r, seconds=0.0, value=repr(r.value)) for r in results.rows]


@dataclass(frozen=True)
class Declared:
    """Stands for a `Method` whose file cannot be imported, in one way or another."""

    real: Method
    how: str

    def load(self) -> None:
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError("it broke\nin two lines")

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@dataclass(frozen=True)
class Bad(MethodSpec):
    """A method under a good name; ``kill`` takes its process with it, ``raise`` raises."""

    how: str = "raise"

    @property
    def method(self) -> Declared:
        return Declared(super().method, self.how)

    def check(self, task: str = "fusion") -> None:
        pass
