"""The house rules hold, and their check sees what it should."""

import json
import textwrap

import pytest

from tests import house


def test_the_house_is_in_order():
    assert list(house.faults()) == []


def described(*sections, returns="float"):
    """A function whose docstring has these sections."""
    headed = "".join(f"\n    {section}\n    {'-' * len(section)}\n    x\n        One.\n" for section in sections)
    return f'def f(x) -> {returns}:\n    """Say.\n{headed}    """\n'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("medfuse_course/a.py", "x = 1\n" * 301, "301 lines"),
        ("medfuse_course/a.py", "import pickle\n", "pickled"),
        ("medfuse_course/a.py", "assert True\n", "python -O"),
        ("medfuse_course/a.py", "def f():\n" + "    x = 1\n" * 41, "f has 41 lines"),
        ("medfuse_course/a.py", described("Parameters"), "f has Parameters and returns a value"),
        ("medfuse_course/a.py", f"class A:\n{textwrap.indent(described('Parameters'), '    ')}", "under Returns"),
        ("notebooks/a.ipynb", json.dumps({"cells": [{"outputs": [1]}]}), "has outputs"),
        ("chapters/a.md", "x" * 1_000_001, "1.0 MB"),
    ],
)
def test_a_broken_rule_is_seen(name, text, words, tmp_path, monkeypatch):
    assert words in " ".join(faults_of(name, text, tmp_path, monkeypatch))


@pytest.mark.parametrize(
    "text",
    [
        described("Parameters", "Returns"),
        described("Parameters", "Yields"),
        described("Parameters", returns="None"),
        described("Parameters").replace("def f", "def _f"),
        described("Raises"),
    ],
)
def test_what_keeps_the_rule_of_returns_is_no_fault(text, tmp_path, monkeypatch):
    assert faults_of("medfuse_course/a.py", text, tmp_path, monkeypatch) == []


def faults_of(name, text, folder, monkeypatch):
    """What the house says of one file."""
    path = folder / name
    path.parent.mkdir()
    path.write_text(text)
    monkeypatch.setattr(house, "ROOT", folder)
    monkeypatch.setattr(house, "tracked", lambda: [path])
    return list(house.faults())
