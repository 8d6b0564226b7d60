"""``medfuse grade``: what it prints and writes, and what it refuses."""

import csv
import json

import pytest

from medfuse_course import grading
from tests.grading.conftest import AUC, CHOICE


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "lee.ipynb"
    cells = [{"cell_type": "code", "source": text} for text in (AUC, CHOICE.replace('"b"', '"c"'))]
    path.write_text(json.dumps({"cells": cells}), encoding="utf8")
    return path


def test_it_prints_a_table_and_writes_the_same_rows(medfuse, notebook, tmp_path):
    table = tmp_path / "grades.csv"
    done = medfuse("grade", notebook, "--out", table)
    assert done.code == 0
    rows = {row["exercise"]: row for row in csv.DictReader(table.read_text(encoding="utf8").splitlines())}
    assert {name: row["result"] for name, row in rows.items()} == {
        "metrics.ranking.auc": "passed",
        "methods.remedies.ddfm.one_step": "failed",
        "networks.diffusion.clean": "missing",
        "methods.remedies.ddfm.choose": "missing",
    }
    lines = done.out.splitlines()
    assert lines[0].split() == ["student", "exercise", "result", "sentence"]
    assert all(
        row["exercise"] in line and row["result"] in line for row, line in zip(rows.values(), lines[1:], strict=True)
    )
    assert "1 passed, 1 failed, 2 missing" in done.err and f"wrote {table}" in done.err
    assert "process" in done.err.splitlines()[0] or "sockets" in done.err.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--jobs", "0"), 2, "--jobs: expected a number from 1, got 0"),
        (("--time-limit", "nan"), 2, "--time-limit"),
        (("--memory-limit", "0.1"), 2, "--memory-limit"),
        (("--out", "nowhere/grades.csv"), 1, "the folder nowhere does not exist"),
        (("nobody.ipynb",), 1, "nobody.ipynb: no such notebook or folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(medfuse, notebook, monkeypatch, arguments, code, words):
    monkeypatch.setattr(grading, "grade", lambda *_: pytest.fail("it ran"))
    done = medfuse("grade", notebook, *arguments)
    assert (done.code, done.out) == (code, "") and words in done.err


@pytest.mark.slow
def test_several_at_a_time_give_the_same(medfuse, notebook, tmp_path):
    for name in ("kim", "park"):
        (tmp_path / f"{name}.ipynb").write_bytes(notebook.read_bytes())
    one, two = (sorted(medfuse("grade", tmp_path, "--jobs", jobs, "--quiet").out.splitlines()) for jobs in (1, 2))
    assert len(one) == 13 and one == two
