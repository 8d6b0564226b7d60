"""The review's table as it was judged: a table of marks, each of which leads to what stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from medfuse_course.benchmark.experiments.verdicts import Weighed
from medfuse_course.benchmark.review import Clause, Part

MARKS = {"supported": "✓", "refuted": "✗", "mixed": "±", "undecided": "?", "cannot be asked": "∅"}
"""Told apart without their colors. *Mixed* is undecided, too: one part is supported and another one refuted."""

_WORDS = {
    "supported": "supported",
    "refuted": "refuted",
    "mixed": "undecided: some parts are supported, others refuted",
    "undecided": "undecided",
    "cannot be asked": "cannot be asked here",
}


@dataclass(frozen=True)
class Page:
    """HTML that a notebook shows by itself.

    Attributes
    ----------
    html
        Text and tables, no script.
    """

    html: str

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return self.html


def mark_of(clause: Clause) -> str:
    """Which of `MARKS` a clause gets: its verdict, or *mixed* where its parts contradict each other.

    Parameters
    ----------
    clause
        Of `review_table`.

    Returns
    -------
    A key of `MARKS`.

    Examples
    --------
    >>> from medfuse_course.benchmark.experiments.verdicts import Weighed
    >>> from medfuse_course.benchmark.review import Clause, Part
    >>> from medfuse_course.plots import mark_of
    >>> ahead, behind = Weighed("supported", 0.1, 0.05, 0.2), Weighed("refuted", -0.1, -0.2, -0.05)
    >>> parts = tuple(Part("", "", "phantoms", weighed) for weighed in (ahead, behind))
    >>> mark_of(Clause("cnn-edges", "CNN", "strengths", "edges", "", "", "", parts, "undecided"))
    'mixed'
    """
    words = {part.weighed.verdict for part in clause.parts if not part.beside}
    return "mixed" if {"supported", "refuted"} <= words else clause.verdict


def verdict_table(clauses: Sequence[Clause]) -> Page:
    """The review's table, each clause a mark and a word or two, linked to its card of `clause_cards`.

    Parameters
    ----------
    clauses
        Of `review_table`, at least one.

    Returns
    -------
    A table with a row for each kind of network, and what the marks mean.

    Raises
    ------
    ValueError
        There is no clause.

    Examples
    --------
    >>> from medfuse_course.benchmark.experiments.verdicts import Weighed
    >>> from medfuse_course.benchmark.review import Clause, Part
    >>> from medfuse_course.plots import verdict_table
    >>> part = Part("", "", "phantoms", Weighed("refuted", -0.1, -0.2, -0.05))
    >>> clause = Clause("cnn-edges", "CNN", "strengths", "edges", "", "", "", (part,), "refuted")
    >>> verdict_table([clause]).html.partition("<td data-column")[2].partition("</td>")[0]
    '="strengths"><a class="verdict is-refuted" href="#table-one-cnn-edges" title="refuted">✗ edges</a> '
    """
    if not clauses:
        raise ValueError("clauses: expected at least one, got none; review_table() gives them")
    rows, columns = (list(dict.fromkeys(values)) for values in zip(*((c.row, c.column) for c in clauses), strict=True))
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row)}</th>'
        + "".join(
            f'<td data-column="{escape(column)}">'
            f"{''.join(_link(c) for c in clauses if (c.row, c.column) == (row, column))}</td>"
            for column in columns
        )
        + "</tr>"
        for row in rows
    )
    legend = " ".join(f'<span class="verdict {_css(m)}">{MARKS[m]} {_WORDS[m]}</span>' for m in MARKS)
    return Page(
        f'<table class="verdicts"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'
        f'<p class="verdicts">{legend}</p>'
    )


def clause_cards(clauses: Sequence[Clause]) -> Page:
    """A card for each clause: what the review says, what can be asked, what the tables say, and the verdict.

    Parameters
    ----------
    clauses
        Of `review_table`.

    Returns
    -------
    The cards, one below the other; `verdict_table` links to them.

    Examples
    --------
    >>> from medfuse_course.benchmark.experiments.verdicts import Weighed
    >>> from medfuse_course.benchmark.review import Clause, Part
    >>> from medfuse_course.plots import clause_cards
    >>> part = Part("misses fewer edges", "cnn.csv", "phantoms", Weighed("refuted", -0.1, -0.2, -0.05))
    >>> clause = Clause("cnn-edges", "CNN", "strengths", "edges", "", "", "", (part,), "refuted")
    >>> "✗</span> misses fewer edges</td><td>-0.1 (-0.2 to -0.05)</td>" in clause_cards([clause]).html
    True
    """
    return Page("".join(map(_card, clauses)))


def _link(clause: Clause) -> str:
    mark = mark_of(clause)
    return (
        f'<a class="verdict {_css(mark)}" href="#table-one-{clause.id}" title="{_WORDS[mark]}">'
        f"{MARKS[mark]} {escape(clause.short)}</a> "
    )


def _card(clause: Clause) -> str:
    mark = mark_of(clause)
    parts = "".join(map(_row, clause.parts))
    head = "<tr><th>if it holds</th><th>ahead by (95 %)</th><th>over</th><th>from</th></tr>"
    return (
        f'<section class="clause" id="table-one-{clause.id}">'
        f'<p class="said"><span lang="zh">{escape(clause.chinese)}</span><br><q>{escape(clause.english)}</q></p>'
        f'<p><span class="verdict {_css(mark)}">{MARKS[mark]} {_WORDS[mark]}</span></p>'
        f"<p>{escape(clause.question)}</p>"
        f"<table><thead>{head}</thead><tbody>{parts}</tbody></table></section>"
    )


def _row(part: Part) -> str:
    mark = part.weighed.verdict
    claim = f"<em>beside it:</em> {escape(part.claim)}" if part.beside else escape(part.claim)
    shown = f'<span class="verdict {_css(mark)}" title="{_WORDS[mark]}">{MARKS[mark]}</span> {claim}'
    if mark == "cannot be asked":
        return f'<tr><td>{shown}</td><td colspan="3">{escape(part.weighed.reason)}</td></tr>'
    cells = (shown, gain_words(part.weighed, part.ratio), part.unit, part.table)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def gain_words(weighed: Weighed, ratio: bool = False) -> str:
    """A gain with its interval, in a few characters.

    Parameters
    ----------
    weighed
        Gain and ends of the interval.
    ratio
        Whether they are ratios.

    Returns
    -------
    ``"+0.1 (+0.05 to +0.2)"``, or ``"2 (1.3 to 3) times"``.
    """
    ends = (weighed.gain, weighed.low, weighed.high)
    gain, low, high = (f"{value:{'.2g' if ratio else '+.2g'}}" for value in ends)
    return f"{gain} ({low} to {high}){' times' if ratio else ''}"


def _css(mark: str) -> str:
    return "is-" + mark.replace(" ", "-")
