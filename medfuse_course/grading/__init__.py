"""Grades for an instructor: submitted notebooks, each run in a process of its own and judged outside of it.

Nothing that a notebook says of itself counts. The room knows exercises and draws nothing.
"""

from medfuse_course.grading.judge import Verdict, judge
from medfuse_course.grading.report import COLUMNS, RESULTS, LibraryChangedError, grade, library_version
from medfuse_course.grading.sandbox import Limits, isolation
from medfuse_course.grading.submission import Submission, SubmissionError, find_submissions

__all__ = [
    "COLUMNS",
    "RESULTS",
    "LibraryChangedError",
    "Limits",
    "Submission",
    "SubmissionError",
    "Verdict",
    "find_submissions",
    "grade",
    "isolation",
    "judge",
    "library_version",
]
