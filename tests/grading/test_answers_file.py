"""Answers saved from a notebook are graded as the notebook would be."""

import json
import linecache
import zipfile

import pytest

from medfuse_course.exercises import check, save_answers
from medfuse_course.exercises.handing_in import KIND, MEMBER, answered
from medfuse_course.grading import Limits, find_submissions, judge

NOTEBOOK = """
import numpy as np
from math import sqrt
from numpy import add

HALF = 0.5
TABLE = np.array([[1, 2], [3, 4]], dtype="f4")

def fair(bad, good):
    return HALF * (bad[:, None] == good).mean() + 0 * add(TABLE.sum(), sqrt(4))

def auc(scores, wrong):
    bad, good = scores[wrong], scores[~wrong]
    above = (bad[:, None] > good).mean() + fair(bad, good)
    return float(above)

def factory():
    inside = 3
    return lambda *_: inside

closure = factory()
"""


@pytest.fixture
def notebook():
    """The names of a notebook whose cell has run."""
    answered.clear()
    space = {"__name__": "__main__"}
    linecache.cache["<test cell>"] = (len(NOTEBOOK), None, NOTEBOOK.splitlines(keepends=True), "<test cell>")
    exec(compile(NOTEBOOK, "<test cell>", "exec"), space)
    yield space
    answered.clear()


def saved(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read(MEMBER))


def test_a_function_is_saved_with_what_it_uses_and_a_value_as_it_is(notebook, tmp_path):
    assert check("metrics.ranking.auc", notebook["auc"]).passed
    check("methods.remedies.ddfm.one_step", "c")
    check("methods.remedies.ddfm.one_step", "b")
    check("networks.diffusion.clean", notebook["closure"])
    check("networks.diffusion.clean", None)
    said = save_answers(tmp_path / "lee.zip").text
    assert said == (
        "lee.zip holds 2 of 3 answers; not in it: networks.diffusion.clean (it uses names of the function around it)."
    )
    content = saved(tmp_path / "lee.zip")
    assert content["values"] == {"methods.remedies.ddfm.one_step": "b"}
    assert "factory" not in content["cells"][0]
    (submission,) = find_submissions([tmp_path])
    found = {verdict.exercise: verdict.result for verdict in judge(submission, Limits(seconds=60))}
    assert found == {
        "metrics.ranking.auc": "passed",
        "methods.remedies.ddfm.one_step": "passed",
        "networks.diffusion.clean": "missing",
        "methods.remedies.ddfm.choose": "missing",
    }


def test_nothing_checked_is_said(tmp_path):
    answered.clear()
    with pytest.raises(ValueError, match="run the cells with check"):
        save_answers(tmp_path / "a.zip")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", json.dumps({"kind": KIND, "cells": [], "values": {"x": [1]}}), json.dumps({"kind": "x"}), "[" * 9999],
)
def test_a_file_of_something_else_is_one_row(tmp_path, text):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(MEMBER, text)
    (submission,) = find_submissions([tmp_path])
    (verdict,) = judge(submission, Limits())
    assert (verdict.result, "not a file of answers" in verdict.sentence) == ("crashed", True)
