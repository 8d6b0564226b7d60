"""``{review-references}`` and ``{review-slips}``: the review's references and its slips, one line each.

The words lie in ``data/review``; who follows a reference here, how much is known of it and what was found are asked of
the methods' declarations and of the shipped tables when the book is built.
"""

from collections.abc import Iterable

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.benchmark.review import Part, Reference, Slip, review_references, review_slips
from medfuse_course.core.files import data_path
from medfuse_course.methods import get_method
from medfuse_course.methods.base import EVIDENCE
from medfuse_course.plots.verdicts import MARKS, gain_words


class ReviewReferences(SphinxDirective):
    """``{review-references}``: a line for each of the review's references."""

    def run(self) -> list[nodes.Node]:
        """Return a list."""
        return _parsed(self, map(reference_line, review_references()))


class ReviewSlips(SphinxDirective):
    """``{review-slips}``: a line for each thing that the review says and that is not so."""

    def run(self) -> list[nodes.Node]:
        """Return a list."""
        keys = {reference.number: reference.key for reference in review_references()}
        return _parsed(self, (slip_line(slip, keys) for slip in review_slips()))


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("review-references", ReviewReferences)
    app.add_directive("review-slips", ReviewSlips)


def reference_line(reference: Reference) -> str:
    """One reference as a line of MyST.

    Returns
    -------
    Number, citation, what it is, our methods with how much is known of them, and what was found.
    """
    ours = [get_method(slug) for slug in reference.methods]
    names = ", ".join(f"{{ref}}`{method.title} <method-{method.slug}>`" for method in ours)
    known = "; ".join(dict.fromkeys(EVIDENCE[method.evidence] for method in ours)).lower()
    here = (
        f"**Here:** {names} ({known})."
        if ours
        else f"**Here:** in {{ref}}`{reference.see}`, as no method of the library."
    )
    found = f" **Found:** {_found(reference.parts)}" if reference.parts else ""
    return f"- **[{reference.number}]** {{cite:t}}`{reference.key}`: {reference.what}. {here}{found}"


def slip_line(slip: Slip, keys: dict[int, str]) -> str:
    """One slip as a line of MyST.

    Returns
    -------
    Whom it is said of, what the review says, what is so, what was found, and where there is more.
    """
    who = ", ".join(f"[{number}] {{cite:t}}`{keys[number]}`" for number in slip.references)
    found = f" {_found(slip.parts)}" if slip.parts else ""
    return f"- {f'{who} ' if who else ''}*{slip.says}*. {slip.what}{found} ({{ref}}`{slip.see}`)"


def _found(parts: Iterable[Part]) -> str:
    said = (f"{MARKS[p.weighed.verdict]} {p.claim}, {gain_words(p.weighed, p.ratio)}" for p in parts)
    return "; ".join(said) + "."


def _parsed(directive: SphinxDirective, lines: Iterable[str]) -> list[nodes.Node]:
    for name in ("table_one.json", "references.json"):
        directive.env.note_dependency(str(data_path("review", name)))
    found = nodes.container("", classes=["review-list"])
    directive.state.nested_parse(StringList(list(lines), source="data/review"), directive.content_offset, found)
    return [found]
