"""The review's table: every clause of it, in its own words; verdicts follow from the numbers."""

import hashlib
import re

import pytest

pytest.importorskip("torch")

from medfuse_course.benchmark import review_references, review_slips, review_table
from medfuse_course.benchmark.experiments.verdicts import verdict_between, verdict_of_all


@pytest.fixture(scope="module")
def clauses():
    return review_table()


def test_every_clause_of_the_table_stands_here_in_the_reviews_words(clauses):
    """The digest is of the printed table itself, cell by cell, without blanks, commas and semicolons."""
    text = re.sub(r"[\s;,]", "", "".join(clause.chinese for clause in clauses))
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "f2737e71f3b33dbde4e7bd3b084fe3f5b11769da8c57aa08cc32eb856b781036"
    )


def test_rows_and_columns_are_full_and_names_are_unique(clauses):
    places = {(clause.row, clause.column) for clause in clauses}
    rows, columns = ({place[k] for place in places} for k in (0, 1))
    assert (len(rows), len(columns), len(places)) == (6, 3, 18)
    assert len({clause.id for clause in clauses}) == len(clauses)


def test_what_cannot_be_asked_says_what_it_would_take_and_nothing_else_is_missing(clauses):
    """A table or an arm that is not there would be "cannot be asked", too, for another reason."""
    for part in (part for clause in clauses for part in clause.parts):
        asked = part.weighed.verdict != "cannot be asked"
        assert asked == bool(part.table) == bool(part.unit)
        assert asked or part.weighed.reason.startswith("it would take ")


def test_words_follow_from_the_intervals(clauses):
    for part in (part for clause in clauses for part in clause.parts if part.table):
        none = 1.0 if part.ratio else 0.0
        assert part.weighed.verdict == verdict_between(part.weighed.low - none, part.weighed.high - none)
        assert part.weighed.low <= part.weighed.gain <= part.weighed.high
    for clause in clauses:
        assert clause.verdict == verdict_of_all([part.weighed.verdict for part in clause.parts if not part.beside])


@pytest.mark.parametrize(
    ("ends", "word"),
    [
        ((0.1, 0.2), "supported"),
        ((-0.2, -0.1), "refuted"),
        ((-0.1, 0.1), "undecided"),
        ((0.0, 0.1), "undecided"),
        ((float("nan"), 0.1), "cannot be asked"),
    ],
)
def test_an_interval_that_touches_0_decides_nothing(ends, word):
    assert verdict_between(*ends) == word


def test_another_sceptic_changes_what_is_held_against_it_and_nothing_else(clauses):
    """Costs and experiments name whom they are held against."""
    for one, other in zip(clauses, review_table("maximum"), strict=True):
        for a, b in zip(one.parts, other.parts, strict=True):
            if a.unit != "phantoms":
                assert str(a) == str(b)
    assert any(str(a) != str(b) for a, b in zip(clauses, review_table("maximum"), strict=True))


def test_an_unknown_sceptic_is_refused():
    with pytest.raises(ValueError, match="laplacian_pyramid"):
        review_table("laplacian_pyramids")


def test_the_references_are_those_of_the_review_and_each_has_a_place_here():
    references = review_references()
    assert [reference.number for reference in references] == list(range(1, 28))
    assert [r.number for r in references if bool(r.methods) == bool(r.see) and r.number != 1] == []
    assert [part.claim for r in references for part in r.parts if part.weighed.verdict == "cannot be asked"] == []


def test_slips_are_said_of_references_of_the_review():
    numbers = {reference.number for reference in review_references()}
    assert all(set(slip.references) <= numbers and slip.says and slip.what for slip in review_slips())
    assert review_slips()[0].references == (27,)
    assert [part.claim for s in review_slips() for part in s.parts if part.weighed.verdict == "cannot be asked"] == []
