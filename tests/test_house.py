"""The house rules hold, and their check sees what it should."""

import json

import pytest

from tests import house


def test_the_house_is_in_order():
    assert list(house.faults()) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("medfuse_course/a.py", "x = 1\n" * 301, "301 lines"),
        ("medfuse_course/a.py", "import pickle\n", "pickled"),
        ("medfuse_course/a.py", "assert True\n", "python -O"),
        ("medfuse_course/a.py", "def f():\n" + "    x = 1\n" * 41, "f has 41 lines"),
        ("notebooks/a.ipynb", json.dumps({"cells": [{"outputs": [1]}]}), "has outputs"),
        ("chapters/a.md", "x" * 1_000_001, "1.0 MB"),
    ],
)
def test_a_broken_rule_is_seen(name, text, words, tmp_path, monkeypatch):
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    monkeypatch.setattr(house, "ROOT", tmp_path)
    monkeypatch.setattr(house, "tracked", lambda: [path])
    assert words in " ".join(house.faults())
