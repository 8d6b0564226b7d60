"""The judged table: marks lead to cards, words do not hide parts that contradict each other."""

import re

import pytest

from medfuse_course.benchmark.experiments.verdicts import Weighed
from medfuse_course.benchmark.review import Clause, Part
from medfuse_course.plots import clause_cards, mark_of, verdict_table


def _clause(id, *words, verdict="undecided", row="CNN", **more):
    parts = tuple(
        Part(f"part <{k}>", "benchmark/x.csv", "phantoms", Weighed(word, 0.1, 0.05, 0.2, "it would take more"), **more)
        for k, word in enumerate(words)
    )
    return Clause(id, row, "strengths", "a & b", "强", "strong", "Is it?", parts, verdict)


CLAUSES = [
    _clause("one", "supported", verdict="supported"),
    _clause("two", "supported", "refuted"),
    _clause("three", "undecided", "supported", row="GAN"),
    _clause("four", "cannot be asked", verdict="cannot be asked", row="GAN"),
]


def test_every_mark_leads_to_a_card():
    links = re.findall(r'href="#([^"]+)"', verdict_table(CLAUSES).html)
    assert links == re.findall(r'id="([^"]+)"', clause_cards(CLAUSES).html) == [f"table-one-{c.id}" for c in CLAUSES]


MARKED = list(zip(CLAUSES, ["supported", "mixed", "undecided", "cannot be asked"], strict=True))


@pytest.mark.parametrize(("clause", "mark"), MARKED)
def test_a_contradiction_has_a_mark_of_its_own(clause, mark):
    assert mark_of(clause) == mark


def test_what_stands_beside_it_contradicts_nothing():
    clause = _clause("five", "supported", verdict="supported")
    beside = _clause("five", "refuted", beside=True).parts
    assert mark_of(Clause(**{**vars(clause), "parts": clause.parts + beside})) == "supported"


def test_a_card_says_clause_question_gain_interval_and_where_from():
    html = clause_cards(CLAUSES[:1]).html
    said = (
        "强",
        "strong",
        "Is it?",
        "part &lt;0&gt;",
        "+0.1 (+0.05 to +0.2)",
        "phantoms",
        "benchmark/x.csv",
        "✓ supported",
    )
    assert [word for word in said if word not in html] == []


def test_a_ratio_is_called_times_and_what_cannot_be_asked_has_no_number():
    ratio = _clause("six", "supported", ratio=True)
    assert "0.1 (0.05 to 0.2) times" in clause_cards([ratio]).html
    html = clause_cards(CLAUSES[3:]).html
    assert "it would take more" in html and "0.1" not in html


def test_no_clauses_are_refused():
    with pytest.raises(ValueError, match="review_table"):
        verdict_table([])
