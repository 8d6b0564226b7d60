"""The table of grades: one row for each student and exercise, kept whole on disk after every notebook."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

from medfuse_course.core.files import atomic_path, chapters_path
from medfuse_course.exercises import list_exercises
from medfuse_course.grading.judge import Verdict, judge
from medfuse_course.grading.sandbox import Limits
from medfuse_course.grading.submission import Submission

COLUMNS = ("student", "notebook", "exercise", "result", "sentence", "seconds", "digest", "version")
RESULTS = ("passed", "failed", "missing", "crashed", "timeout", "by hand")

_LIMITS = Limits()
_LIBRARY = Path(__file__).resolve().parents[1]


class LibraryChangedError(RuntimeError):
    """Files of the library are others than when grading began."""


def library_version() -> str:
    """The version of the library, with the beginning of the sha256 of its Python files and its chapters.

    Returns
    -------
    Such as ``0.1.0+5f2c9d01ab34``: grades of two libraries that judge differently have two of them.
    """
    digest = hashlib.sha256()
    for folder, ending in ((_LIBRARY, "*.py"), (chapters_path(), "*.md")):
        for path in sorted(folder.rglob(ending)):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    try:
        number = version("medfuse-course")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+{digest.hexdigest()[:12]}"


def grade(
    submissions: Sequence[Submission],
    limits: Limits = _LIMITS,
    jobs: int = 1,
    table: Path | None = None,
) -> Iterator[tuple[Submission, list[dict[str, str]]]]:
    """Grade notebooks, each in a process of its own, and give the rows of one after the other as they are done.

    Parameters
    ----------
    submissions
        What `find_submissions` found.
    limits
        What each may use.
    jobs
        How many are graded at the same time.
    table
        A CSV file that keeps the rows, written whole after every notebook. What it holds of the same file and the same
        library is given first, and not run again.

    Yields
    ------
    A submission, and its rows: `COLUMNS` to text.

    Raises
    ------
    LibraryChangedError
        A notebook has written into the library. Nothing that was judged since can be trusted.
    """
    made = library_version()
    known = _read(table) if table is not None else []
    waiting: list[Submission] = []
    for submission in submissions:
        rows = [row for row in known if _is_of(row, submission, made)]
        if rows:
            yield submission, rows
        else:
            waiting.append(submission)
    list_exercises()  # all that judges is in memory before anything of a student runs
    for submission, verdicts in _judged(waiting, limits, jobs):
        if library_version() != made:
            raise LibraryChangedError(
                f"{submission.path}: files of the library changed while it ran; install it anew, and read the notebook"
            )
        rows = [_row(submission, verdict, made) for verdict in verdicts]
        known = [row for row in known if not _is_replaced(row, submission)] + rows
        if table is not None:
            _write(table, known)
        yield submission, rows


def _judged(waiting: Sequence[Submission], limits: Limits, jobs: int) -> Iterator[tuple[Submission, list[Verdict]]]:
    if jobs < 2 or len(waiting) < 2:
        for submission in waiting:
            yield submission, judge(submission, limits)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        running = {pool.submit(judge, submission, limits): submission for submission in waiting}
        for done in as_completed(running):
            yield running[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _row(submission: Submission, verdict: Verdict, made: str) -> dict[str, str]:
    values = (
        *(submission.student, str(submission.path), verdict.exercise, verdict.result, verdict.sentence),
        *(f"{verdict.seconds:.2f}", submission.digest, made),
    )
    return {column: plain_text(value) for column, value in zip(COLUMNS, values, strict=True)}


def plain_text(text: str) -> str:
    """One line without control characters, which no spreadsheet takes for a formula."""
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", " ", text).split())
    line = line.encode("utf8", "replace").decode("utf8")
    return "'" + line if line.startswith(("=", "+", "-", "@")) else line


def _is_of(row: dict[str, str], submission: Submission, made: str) -> bool:
    same = _is_replaced(row, submission)
    return same and row["digest"] == submission.digest and row["version"] == made


def _is_replaced(row: dict[str, str], submission: Submission) -> bool:
    return row["notebook"] == plain_text(str(submission.path)) and row["student"] == plain_text(submission.student)


def _read(table: Path) -> list[dict[str, str]]:
    if not table.exists():
        return []
    reader = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig")))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ValueError(f"{table}: expected a table of grades, with the columns {', '.join(COLUMNS)}; choose another")
    return list(reader)


def _write(table: Path, rows: Sequence[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with atomic_path(table) as part:
        part.write_text(text.getvalue(), encoding="utf8", newline="")
