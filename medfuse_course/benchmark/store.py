"""The folder that remembers finished jobs: one line of JSON for each, in a file that only grows."""

import contextlib
import errno
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from medfuse_course.benchmark.jobs import Job, Outcome, Record, Status

FILE = "results.jsonl"


class Store:
    """Finished jobs in a folder.

    A record is one line, added with a single write: an interruption can tear the last line and no other, and a torn
    line is a job that is done again. Lines of another library, preset or option have another key and are left alone.
    What a reader's own function made or measured is never kept: under the same name it may be another tomorrow.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        root = Path(folder)
        if root.exists() and not root.is_dir():
            raise NotADirectoryError(f"{root}: expected a folder for results, got a file; name another")
        root.mkdir(parents=True, exist_ok=True)
        self.path = root / FILE

    def read(self, jobs: Iterable[Job]) -> dict[str, Record]:
        """What is known of ``jobs``, by their keys. Failures are left out, so that they are tried again."""
        wanted = {job.key: job for job in jobs if not job.method.own}
        found: dict[str, Record] = {}
        if not self.path.exists():
            return found
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # torn or foreign
                    content = json.loads(line)
                    if (job := wanted.get(content["key"])) is not None:
                        _merge(found, job, content)
        return found

    def append(self, records: Iterable[Record]) -> None:
        """Write some records down."""
        kept = [_without_measures(record) for record in records if not record.job.method.own]
        lines = "".join(json.dumps(_as_json(record), allow_nan=False) + "\n" for record in kept if record.outcomes)
        if not lines:
            return
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            content = lines.encode()
            content = content if _ends_well(handle) else b"\n" + content
            if os.write(handle, content) < len(content):  # the disk is full
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise type(error)(
                f"{self.path}: could not be written ({error.strerror}); make room or choose another disk. What it "
                "holds is whole: the same command goes on from there"
            ) from error
        finally:
            os.close(handle)


def _without_measures(record: Record) -> Record:
    own = dict(record.job.measures)
    return replace(record, outcomes={name: o for name, o in record.outcomes.items() if name not in own})


def _merge(found: dict[str, Record], job: Job, content: dict[str, Any]) -> None:
    told = {slug: o for slug, o in content["outcomes"].items() if slug not in dict(job.measures)}
    outcomes = {slug: _outcome(o) for slug, o in told.items() if o["status"] != "failed"}
    if outcomes:
        before = found[job.key].outcomes if job.key in found else {}
        found[job.key] = Record(job, float(content["seconds"]), {**before, **outcomes})


def _outcome(told: dict[str, Any]) -> Outcome:
    if told["status"] not in get_args(Status):
        raise ValueError(f"unknown status {told['status']!r}")
    return Outcome(float(told["value"]), told["status"], str(told["failure"]))


def _as_json(record: Record) -> dict[str, Any]:
    job = record.job
    return {
        "key": job.key,
        "method": job.method.label,
        "pair": job.pair.label,
        "slice": job.pair.slice,
        "seed": job.pair.seed,
        "case": job.pair.case,
        "preset": job.preset,
        "library": job.library,
        "seconds": _number(record.seconds),
        "outcomes": {
            slug: {"value": _number(o.value), "status": o.status, "failure": o.failure}
            for slug, o in record.outcomes.items()
        },
    }


def _number(value: float) -> float | str:
    """JSON knows no NaN and no infinity; Python's `float` reads their names."""
    return value if abs(value) < float("inf") else str(value)


def _ends_well(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if size == 0:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
