"""The review's references and slips as lines of a page."""

import re

import pytest

pytest.importorskip("sphinx")

from medfuse_course.benchmark.experiments.verdicts import Weighed
from medfuse_course.benchmark.review import Part, Reference, Slip, review_references, review_slips
from medfuse_course.publishing.book_index import read_index
from medfuse_course.publishing.review import reference_line, slip_line
from tests.house import ROOT

PART = Part("is ahead", "benchmark/x.csv", "phantoms", Weighed("refuted", -0.1, -0.2, -0.05))


def test_a_reference_says_what_it_is_who_follows_it_and_what_was_found():
    line = reference_line(Reference(2, "zhang2020ifcnn", "fusion", ("ifcnn",), "", (PART,)))
    assert line == (
        "- **[2]** {cite:t}`zhang2020ifcnn`: fusion. **Here:** {ref}`IFCNN <method-ifcnn>` "
        "(verified against code or textbook mathematics). **Found:** ✗ is ahead, -0.1 (-0.2 to -0.05)."
    )


def test_what_is_no_method_leads_to_its_page_and_claims_nothing():
    line = reference_line(Reference(15, "radford2015dcgan", "images", (), "dcgan", ()))
    assert "{ref}`dcgan`" in line and "Found" not in line


def test_a_slip_names_all_of_whom_it_is_said():
    line = slip_line(Slip((1, 2), "says so", "It is not.", "dcgan", ()), {1: "one", 2: "two"})
    assert line == "- [1] {cite:t}`one`, [2] {cite:t}`two` *says so*. It is not. ({ref}`dcgan`)"


def test_every_label_and_citation_exists():
    chapters = ROOT / "chapters"
    keys = {reference.number: reference.key for reference in review_references()}
    text = "\n".join([*map(reference_line, review_references()), *(slip_line(slip, keys) for slip in review_slips())])
    labels = {label for found in re.findall(r"\{ref\}`([^`]+)`", text) for label in re.findall(r"[\w-]+(?=>?$)", found)}
    known = re.findall(r"^@\w+\{([^,]+),", (chapters / "references.bib").read_text(encoding="utf8"), re.M)
    assert labels - set(read_index(chapters).places) == set()
    assert set(re.findall(r"\{cite:t\}`([^`]+)`", text)) - set(known) == set()
