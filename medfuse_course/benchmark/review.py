"""The review that the course follows, held against shipped tables: its only table clause by clause, its references.

The words stand in ``data/review``; a verdict is computed whenever it is asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from medfuse_course.benchmark.bootstrap import paired_interval
from medfuse_course.benchmark.experiments.verdicts import (
    Evidence,
    Verdict,
    Weighed,
    verdict_between,
    verdict_of_all,
    weigh,
)
from medfuse_course.benchmark.families import cost_ratio, family_gains, tables_with
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import check_name
from medfuse_course.methods import list_methods

Unit = Literal["trainings", "phantoms", "methods", ""]
"""What an interval is over; ``""`` of what cannot be asked."""


@dataclass(frozen=True)
class Part:
    """One comparison that says something of a clause.

    Attributes
    ----------
    claim
        What would be seen if the clause holds.
    table
        Where the numbers lie, below ``data/``; "" where none can ask.
    unit
        What its interval is over.
    weighed
        What it says. The gain is positive where the clause holds; that of a cost is a ratio, and above 1 there.
    ratio
        Whether gain and interval are ratios.
    beside
        A sceptic's comparison that is no part of the verdict.
    """

    claim: str
    table: str
    unit: Unit
    weighed: Weighed
    ratio: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Clause:
    """One clause of a cell of the review's table, and what shipped tables say of it.

    Attributes
    ----------
    id
        A short name, such as ``"cnn-speed"``.
    row, column
        Where it stands: ``"CNN"``, ``"strengths"``.
    short
        A word or two for it.
    chinese, english
        As the review says it, and translated.
    question
        What can be asked of it.
    parts
        The comparisons.
    verdict
        Of those that can be asked and are not `beside`, as `verdict_of_all` gives it.
    """

    id: str
    row: str
    column: str
    short: str
    chinese: str
    english: str
    question: str
    parts: tuple[Part, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Reference:
    """One entry of the review's list of references.

    Attributes
    ----------
    number
        In the review.
    key
        In ``chapters/references.bib``.
    what
        What it really is.
    methods
        Slugs of ours that follow it.
    see
        Label of a page, for what is no method here; else "".
    parts
        What shipped tables say of it; of a fuser, whether it carries more edges over than a Laplacian pyramid.
    """

    number: int
    key: str
    what: str
    methods: tuple[str, ...]
    see: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Slip:
    """Something that the review says and that is not so.

    Attributes
    ----------
    references
        Numbers of those that it is said of; none of a sentence without a reference.
    says, what
        What the review says, and what is so.
    see
        Label of the page that has more.
    parts
        What shipped tables say of it.
    """

    references: tuple[int, ...]
    says: str
    what: str
    see: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=4)
def review_table(sceptic: str = "laplacian_pyramid") -> tuple[Clause, ...]:
    """Hold Table 1 of the review against the shipped tables.

    Parameters
    ----------
    sceptic
        The classical method that a network has to be ahead of, where a clause names no other; a slug.

    Returns
    -------
    Its clauses, in the order of the review.

    References
    ----------
    Zhang Yi, Liu Liu, Wang Meng, Xie Wenhui, DOI 10.3760/cma.j.cn321828-20241201-00414, Table 1.

    Examples
    --------
    >>> from medfuse_course.benchmark import review_table
    >>> clauses = review_table()
    >>> len(clauses), sorted({clause.verdict for clause in clauses})
    (41, ['cannot be asked', 'refuted', 'supported', 'undecided'])
    """
    stated = _stated("table_one")
    groups = stated["groups"] | {"sceptic": [check_name("method", sceptic, [m.slug for m in list_methods()])]}
    return tuple(_clause(question, groups) for question in stated["questions"])


def review_references() -> tuple[Reference, ...]:
    """The review's 27 references.

    Returns
    -------
    In its order: what each is, what follows it here, and what shipped tables say.

    Examples
    --------
    >>> from medfuse_course.benchmark import review_references
    >>> references = review_references()
    >>> len(references), [one.number for one in references if "ifcnn" in one.methods]
    (27, [2])
    """
    ours = {n: tuple(m.slug for m in list_methods() if m.reference == n) for n in range(1, 28)}
    return tuple(
        Reference(
            number=(number := stated["number"]),
            key=stated["key"],
            what=stated["is"],
            methods=ours[number],
            see=stated.get("see", ""),
            parts=_parts(stated.get("parts") or _of_fuser(ours[number])),
        )
        for stated in _stated("references")["references"]
    )


def review_slips() -> tuple[Slip, ...]:
    """What the review says and is not so.

    Returns
    -------
    The gravest first.

    Examples
    --------
    >>> from medfuse_course.benchmark import review_slips
    >>> gravest = review_slips()[0]
    >>> gravest.references, gravest.says
    ((27,), 'is cited for diffusion models')
    """
    return tuple(
        Slip(tuple(one["references"]), one["says"], one["is"], one["see"], _parts(one.get("parts", ())))
        for one in _stated("references")["slips"]
    )


def group_of(name: str | Sequence[str], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The methods that a name of the table stands for.

    Parameters
    ----------
    name
        A name in `groups`, a family of methods (then: those of it that fuse and that somebody published), or slugs.
    groups
        Names to slugs.

    Returns
    -------
    Slugs.
    """
    if not isinstance(name, str):
        return tuple(name)
    if name in groups:
        return tuple(groups[name])
    family = list_methods(task="fusion", family=name)  # type: ignore[arg-type]
    return tuple(method.slug for method in family if method.evidence != "course")


def _stated(name: str) -> dict[str, Any]:
    stated: dict[str, Any] = json.loads(data_path("review", f"{name}.json").read_text(encoding="utf8"))
    return stated


def _parts(stated: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    return tuple(_part(dict(part), _stated("table_one")["groups"]) for part in stated)


def _of_fuser(methods: Sequence[str]) -> list[dict[str, Any]]:
    """The question that every network that fuses is asked."""
    networks = [method.slug for method in list_methods(task="fusion") if method.slug in methods and method.network]
    words = "carries more edges over than a Laplacian pyramid"
    return [{"claim": words, "measure": "qabf", "better": [slug], "worse": ["laplacian_pyramid"]} for slug in networks]


def _clause(question: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> Clause:
    parts = tuple(_part(dict(part), groups) for part in question["parts"])
    verdict = verdict_of_all([part.weighed.verdict for part in parts if not part.beside])
    words = {key: question[key] for key in ("id", "row", "column", "short", "chinese", "english", "question")}
    return Clause(**words, parts=parts, verdict=verdict)


def _part(stated: dict[str, Any], groups: Mapping[str, Sequence[str]]) -> Part:
    claim, beside = stated.pop("claim"), stated.pop("beside", False)
    if "cannot" in stated:
        found = Weighed("cannot be asked", np.nan, np.nan, np.nan, stated["cannot"])
        return Part(claim, "", "", found, beside=beside)
    if "experiment" in stated:
        weighed = weigh(Evidence(claim, **stated))
        return Part(claim, f"benchmark/{stated['experiment']}.csv", "trainings", weighed, beside=beside)
    better, worse = (group_of(stated.pop(side), groups) for side in ("better", "worse"))
    if "cost" in stated:
        ratio, low, high = cost_ratio(stated["cost"], better, worse)
        return Part(claim, _COST_TABLES[stated["cost"]], "methods", _weighed(ratio, low, high, 1.0), True, beside)
    measure = stated.pop("measure")
    gains = family_gains(measure, better, worse, stated.pop("pairs", ()), **stated)
    tables = ", ".join(tables_with(measure, [*better, *worse]))
    weighed = _weighed(float(gains.mean()), *paired_interval(gains))
    return Part(claim, f"benchmark/{tables}", "phantoms", weighed, beside=beside)


def _weighed(gain: float, low: float, high: float, none: float = 0.0) -> Weighed:
    return Weighed(verdict_between(low - none, high - none), gain, low, high)


_COST_TABLES = {
    "milliseconds": "timings.json",
    "milliseconds, 1024": "timings.json",
    "parameters": "the networks themselves",
    "minutes of training": "weights",
    "seconds a step": "weights",
}
