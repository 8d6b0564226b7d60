"""What the learner sees: one line, in a notebook, on a page, and in a terminal."""

import html
import sys
import warnings
from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "not attempted", "refused"]

_SIGNS = {"passed": "\N{CHECK MARK}", "not attempted": "\N{WHITE CIRCLE}", "refused": "\N{MULTIPLICATION SIGN}"}
_COLORS = {"passed": "#2e9e6b", "not attempted": "#8a94a0", "refused": "#d5762a"}


class Line:
    """Something that shows itself as one line of text; the color of its edge repeats what sign and words say."""

    @property
    def color(self) -> str:
        """The color of the edge."""
        return _COLORS["not attempted"]

    @property
    def text(self) -> str:
        """The line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<div style="border-left:3px solid {self.color};padding:.1em .7em">{html.escape(self.text)}</div>'


@dataclass(frozen=True, repr=False)
class Result(Line):
    """The answer of `check`.

    Attributes
    ----------
    title
        What was tried.
    status
        ``"passed"``, ``"not attempted"`` or ``"refused"``.
    message
        What came instead, what a lab reached, or why it does not count as an attempt; may be empty.
    hint
        What to look at; empty unless refused.
    failed
        The property that did not hold; None unless refused.
    recognized
        The known mistake that this answer makes; None if it makes none.

    Examples
    --------
    >>> from medfuse_course.exercises import Result
    >>> result = Result("Choose the stronger detail", "passed")
    >>> result
    ✓ Choose the stronger detail: passed.
    >>> bool(result), result.failed
    (True, None)
    """

    title: str
    status: Status
    message: str = ""
    hint: str = ""
    failed: str | None = None
    recognized: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.status == "passed"

    def __bool__(self) -> bool:
        return self.passed

    @property
    def color(self) -> str:
        """The color of the edge."""
        return _COLORS[self.status]

    @property
    def text(self) -> str:
        """The line."""
        said = {"passed": ": passed", "not attempted": ": not attempted yet", "refused": ", not yet: "}[self.status]
        between = ", " if self.status != "refused" and self.message else ""
        title = self.title.rstrip("?")  # a title that asks goes on: "What is left: passed."
        line = f"{_SIGNS[self.status]} {title}{said}{between}{self.message}"
        return (line if line.endswith((".", "?", "!")) else line + ".") + (f" Hint: {self.hint}" if self.hint else "")


@dataclass(frozen=True, repr=False)
class Hint(Line):
    """One step of help.

    Examples
    --------
    >>> from medfuse_course.exercises import Hint
    >>> Hint(1, 3, "A detail may be negative.")
    Hint 1 of 3: A detail may be negative.
    """

    number: int
    total: int
    words: str

    @property
    def text(self) -> str:
        """The line."""
        return f"Hint {self.number} of {self.total}: {self.words}"


@dataclass(frozen=True, repr=False)
class Notice(Line):
    """One sentence for the learner."""

    words: str

    @property
    def text(self) -> str:
        """The line."""
        return self.words


def tell(notice: Notice) -> None:
    """Show a line where the learner looks: in the notebook's output, or as a warning of a plain interpreter."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        sys.modules["IPython"].display.display(notice)
    else:
        warnings.warn(notice.text, stacklevel=3)
