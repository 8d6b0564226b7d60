"""Notebooks of every kind, graded: right ones pass, and nothing that one says or does to itself counts."""

import contextlib
import csv
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from medfuse_course.grading import Limits, find_submissions, grade, isolation, judge, report
from tests.grading.conftest import AUC, CHOICE
from tests.house import ROOT

SHORT = Limits(seconds=20, total=6)
PAGE = ["networks.diffusion.clean", "methods.remedies.ddfm.choose", "methods.remedies.ddfm.one_step"]
SLOW = pytest.mark.slow


def results(path, limits=SHORT):
    (submission,) = find_submissions([path])
    return {verdict.exercise: verdict for verdict in judge(submission, limits)}


def said(path, exercise="metrics.ranking.auc", limits=SHORT):
    verdict = results(path, limits)[exercise]
    return verdict.result, verdict.sentence


def test_right_answers_pass_wrong_ones_fail_and_the_rest_is_missing(hand_in):
    wrong = AUC.replace("metrics.ranking.auc", "networks.diffusion.clean")
    found = results(hand_in("%matplotlib inline\n!ls", AUC, CHOICE, wrong))
    assert {name: verdict.result for name, verdict in found.items()} == {
        "metrics.ranking.auc": "passed",
        "methods.remedies.ddfm.one_step": "passed",
        "networks.diffusion.clean": "failed",
        "methods.remedies.ddfm.choose": "missing",
    }
    assert "Hint: " in found["networks.diffusion.clean"].sentence
    assert found["methods.remedies.ddfm.choose"].sentence == "no cell of the notebook gives an answer to it"


FORGED = """
import medfuse_course, sys, os
from medfuse_course import exercises
from medfuse_course.exercises import Result, checking, attempt, plain
passed = lambda *a, **k: Result("Which pixel is wrong", "passed")
medfuse_course.check = exercises.check = checking.check = checking._ask = passed
attempt.as_floats = plain.plain = lambda x, *a: x
print("\\N{CHECK MARK} Which pixel is wrong: passed.")
check = passed
"""


def test_what_a_notebook_does_to_the_library_and_prints_does_not_count(hand_in):
    path = hand_in(
        FORGED, "def auc(scores, wrong):\n    return 1.0\nprint('passed')", "check('metrics.ranking.auc', auc)"
    )
    assert said(path)[0] == "failed"
    assert said(hand_in(FORGED, AUC, name="kim.ipynb"))[0] == "passed"


def test_cells_that_raise_and_exercises_that_are_gone(hand_in):
    found = results(
        hand_in(
            "1 / 0",
            "def broken(:",
            "raise SystemExit",
            CHOICE,
            "undefined",
            AUC.split("\n\ncheck")[0].replace("def auc", "def auc_of"),
        )
    )
    assert found["methods.remedies.ddfm.one_step"].result == "passed"
    assert found["metrics.ranking.auc"].result == "passed", "the name that the page gives it is enough"
    assert found["networks.diffusion.clean"].result == "missing"
    raising = results(hand_in('import nothing_of_this_name\ncheck("metrics.ranking.auc", 3)', CHOICE))
    assert "ModuleNotFoundError" in raising["metrics.ranking.auc"].sentence


ANSWERS = {
    "raises": ("raise ValueError('no\\nwords')", "failed", "it raised ValueError for"),
    "None": ("return None", "failed", "it returned None"),
    "generator": ("yield 1.0", "failed", "generator; yield gives values"),
    "evil": ("return type('Evil', (float,), {'__eq__': lambda *_: True, '__sub__': lambda *_: 0.0})(3)", "failed", ""),
    "changes": ("scores[:] = 0\n    return 0.5", "failed", "changed its own input"),
    "interrupt": ("raise KeyboardInterrupt", "failed", "it raised KeyboardInterrupt"),
    "starter": ("raise NotImplementedError('your code here')", "missing", "not attempted"),
    "huge": ("return np.broadcast_to(np.float32(0), (10**6, 10**6))", "failed", "so many values are not looked at"),
    "memory": ("return np.ones(10**11)", "failed", "MemoryError"),
    "leaves": ("os._exit(0)", "crashed", "its process ended itself, with the exit code 0"),
    "crash": ("ctypes.string_at(0)", "crashed", "ended by SIGSEGV"),
    "loops": ("while True: pass", "timeout", "had not come to an end"),
    "swallows": (
        "while True:\n        try: time.sleep(9)\n        except BaseException: pass",
        "timeout",
        "come to an end",
    ),
    "garbage": ("[os.write(fd, b'passed' * 99) for fd in range(3, 9) if pipe(fd)]", "crashed", "its process sent"),
    "forged": ("[os.write(fd, frame()) for fd in range(3, 9) if pipe(fd)]", "crashed", "nobody had asked for"),
}
QUICK = ("raises", "evil", "forged")
HELPERS = """
import ctypes, fcntl, json, os, struct, time
import numpy as np
def pipe(fd):
    try:
        return fcntl.fcntl(fd, fcntl.F_GETFL) & 3 == os.O_WRONLY
    except OSError:
        return False
def frame():
    text = json.dumps({"id": {"int": ["0x7"]}, "is": "returned", "value": {"float": [(1.0).hex()]}}).encode()
    return struct.pack(">II", len(text), 0) + text
"""


@pytest.mark.parametrize("kind", [name if name in QUICK else pytest.param(name, marks=SLOW) for name in ANSWERS])
def test_an_answer_that_is_hostile_is_one_row_and_the_next_exercise_is_graded(hand_in, kind):
    body, result, words = ANSWERS[kind]
    answer = f"def auc(scores, wrong):\n    {body}\ncheck('metrics.ranking.auc', auc)"
    found = results(hand_in(HELPERS, answer, CHOICE), Limits(seconds=15, total=10))
    verdict = found["metrics.ranking.auc"]
    assert (verdict.result, words in verdict.sentence) == (result, True), verdict
    assert found["methods.remedies.ddfm.one_step"].result == "passed"


CELLS = {
    "endless": ("while True: pass", "had not come to an end after 10 s"),
    "leaves": ("import os; os._exit(3)", "exit code 3"),
    "crash": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "output": ("for _ in range(10**6): print('x' * 10**4)", ""),
    "compiled": ("import itertools; sum(itertools.count())", "had not come to an end after 10 s"),
    "bomb": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "had not come to an end"),
    "memory": ("x = []\nwhile True: x.append(bytearray(2**24))", "MemoryError"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in CELLS if kind != "bomb"])
def test_a_cell_that_is_hostile_costs_itself_alone(hand_in, kind):
    cell, words = CELLS[kind]
    limits = Limits(seconds=10, total=10, memory=3 * 2**29)
    found = results(hand_in(CHOICE, cell + "\ncheck('networks.diffusion.clean', 0)", AUC), limits)
    assert [found[name].result for name in ("methods.remedies.ddfm.one_step", "metrics.ranking.auc")] == ["passed"] * 2
    assert words in found["networks.diffusion.clean"].sentence


@pytest.mark.slow
@pytest.mark.skipif("own" not in isolation(), reason="needs a process space")
def test_processes_that_a_notebook_starts_are_gone_afterwards(hand_in, tmp_path):
    marker = f"medfuse-left-behind-{os.getpid()}"
    child = f"os.setsid(); os.execv(sys.executable, [{marker!r}, '-c', 'import time; time.sleep(300)'])"
    leaves = f"import os, sys\nif os.fork() == 0:\n    {child}"
    assert said(hand_in(leaves, AUC))[0] == "passed"
    time.sleep(0.5)
    alive = [p for p in Path("/proc").glob("[0-9]*/cmdline") if marker.encode() in _read(p)]
    assert alive == []


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_notebook_reaches_no_network_and_starts_in_a_folder_that_is_gone_afterwards(hand_in, tmp_path):
    calls = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(3)

    def serve():
        with contextlib.suppress(OSError):  # nobody came
            calls.append(server.accept())

    waiting = threading.Thread(target=serve, daemon=True)
    waiting.start()
    report_to = tmp_path / "seen.txt"
    tries = f"""
import os, socket, sys
try:
    socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=5)
    found = "reached"
except OSError as error:
    found = "closed"
open({str(report_to)!r}, "w").write("\\n".join([found, os.getcwd(), str("" in sys.path), str(len(os.environ))]))
"""
    assert said(hand_in(tries, AUC))[0] == "passed"
    found, folder, path, _ = report_to.read_text().split("\n")
    assert (found, path, calls) == ("closed", "False", [])
    assert "medfuse-grade-" in folder and not Path(folder).exists()
    waiting.join()
    server.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a notebook"),
        ("[]", "not a notebook"),
        ('{"cells": [{}]}', "not a notebook"),
        ('{"cells": []}', "of this course"),
        ("\x00\xff", "not a notebook"),
        ("[" * 10**5, "not a notebook"),
    ],
)
def test_what_is_no_notebook_of_the_course_is_one_row(tmp_path, text, words):
    path = tmp_path / "bad.ipynb"
    path.write_bytes(text.encode("latin1"))
    ((name, verdict),) = results(path).items()
    assert (name, verdict.result) == ("(notebook)", "crashed") and words in verdict.sentence


def test_names_of_students_come_from_files_and_folders(hand_in, tmp_path):
    hand_in(CHOICE, name="all/lee.ipynb")
    hand_in(CHOICE, name="all/kim/pyramids.ipynb")
    hand_in(CHOICE, name="all/kim/.ipynb_checkpoints/pyramids.ipynb")
    assert sorted(s.student for s in find_submissions([tmp_path / "all"])) == ["kim", "lee"]
    with pytest.raises(FileNotFoundError, match="found none"):
        list(
            find_submissions(
                [shutil.copytree(tmp_path / "all", tmp_path / "e", ignore=lambda *_: ["lee.ipynb", "kim"])]
            )
        )
    with pytest.raises(FileNotFoundError, match="no such notebook"):
        list(find_submissions([tmp_path / "nobody.ipynb"]))


def test_what_is_graded_already_is_not_run_again(tmp_path, hand_in, monkeypatch):
    ran, table = [], tmp_path / "grades.csv"
    monkeypatch.setattr(
        report, "judge", lambda s, limits: ran.append(s.student) or [report.Verdict("x", "passed", "=1", 0)]
    )

    def graded():
        rows = [row for _, made in grade(list(find_submissions([tmp_path])), table=table) for row in made]
        assert rows == list(csv.DictReader(table.read_text(encoding="utf8").splitlines()))
        return [row["student"] for row in rows]

    hand_in(CHOICE, name="kim.ipynb")
    hand_in(CHOICE, name="lee.ipynb")
    assert (graded(), ran) == (["kim", "lee"], ["kim", "lee"])
    assert "'=1" in table.read_text(), "no spreadsheet takes it for a formula"
    assert (graded(), ran) == (["kim", "lee"], ["kim", "lee"])
    hand_in(CHOICE, "1", name="lee.ipynb")
    graded()
    assert ran == ["kim", "lee", "lee"]
    monkeypatch.setattr(report, "library_version", lambda: "another")
    graded()
    assert ran == ["kim", "lee", "lee", "kim", "lee"]
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="expected a table of grades"):
        graded()


def test_a_notebook_that_writes_into_the_library_stops_the_grading(hand_in, monkeypatch):
    versions = iter(["one", "two"])
    monkeypatch.setattr(report, "library_version", lambda: next(versions))
    monkeypatch.setattr(report, "judge", lambda *_: [])
    with pytest.raises(report.LibraryChangedError, match="files of the library changed"):
        list(grade(list(find_submissions([hand_in(CHOICE)]))))


def test_a_process_that_cannot_start_is_said(monkeypatch, hand_in):
    monkeypatch.setattr(sys, "executable", shutil.which("true"))
    assert said(hand_in(AUC)) == ("crashed", "not reached: its process ended itself, with the exit code 0")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["classical/edges", "foundations/judging"])
def test_a_solved_notebook_passes_and_the_one_handed_out_is_missing(tmp_path, page):
    from medfuse_course.publishing.notebooks import notebook_text, solved_notebook

    solved = tmp_path / "solved.ipynb"
    solved.write_text(notebook_text(solved_notebook(ROOT / "chapters" / f"{page}.md")), encoding="utf8")
    assert {verdict.result for verdict in results(solved, Limits()).values()} == {"passed"}
    assert {verdict.result for verdict in results(ROOT / "notebooks" / f"{page}.ipynb", Limits()).values()} == {
        "missing"
    }
