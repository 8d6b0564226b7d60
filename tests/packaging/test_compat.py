"""The end of a run in several environments says of each how it went, and of a failed one what failed."""

import sys
from pathlib import Path

import pytest

from tests import compat


@pytest.fixture
def environments(tmp_path, monkeypatch):
    """Three of them: in the first a test fails, the second is fine, the third has no interpreter."""
    bad, good = tmp_path / "test_bad.py", tmp_path / "test_good.py"
    bad.write_text("def test_seven():\n    assert 6 == 7\n\n\ndef test_one():\n    pass\n")
    good.write_text("def test_one():\n    pass\n")
    known = {
        "colab": ("here", None, [], [str(bad)]),
        "python3.12": ("here", None, [], [str(good)]),
        "python3.13": ("gone", None, [], [str(good)]),
    }
    monkeypatch.setattr(compat, "ENVIRONMENTS", known)
    monkeypatch.setattr(compat, "interpreter", lambda name, _: name if name == "here" else None)
    monkeypatch.setattr(compat, "prepare", lambda *_: Path(sys.executable))
    monkeypatch.setattr(compat, "SIDE_BY_SIDE", [])
    return tmp_path


def _end(capsys):
    return capsys.readouterr().out.rpartition("\n\n")[2].splitlines()


def test_the_last_lines_say_of_each_environment_how_it_went(environments, capsys):
    assert compat.main([]) == 1
    colab, failed, count, passed, skipped = _end(capsys)
    assert colab == "colab: failed" and passed == "python3.12: passed"
    assert failed.startswith("  FAILED ") and "test_bad.py::test_seven" in failed
    assert count.startswith("  1 failed, 1 passed")
    assert skipped == "python3.13: skipped, gone is not on this machine"


def test_only_named_environments_run_and_none_that_failed_means_0(environments, capsys):
    assert compat.main(["python3.12", "python3.13"]) == 0
    assert [line.split(":")[0] for line in _end(capsys)] == ["python3.12", "python3.13"]


def test_a_run_that_pytest_refuses_ends_with_what_it_says(environments, capsys, monkeypatch):
    monkeypatch.setitem(compat.ENVIRONMENTS, "colab", ("here", None, [], [str(environments / "gone.py")]))
    assert compat.main(["colab"]) == 1
    end, *said = _end(capsys)
    assert end == "colab: failed" and "gone.py" in "".join(said)


def test_what_is_only_prepared_is_not_tested(environments, capsys, monkeypatch):
    made = []
    monkeypatch.setattr(
        compat, "prepare", lambda name, *_: made.append(name) or compat.ROOT / ".venv-compat/x/bin/python"
    )
    assert compat.main(["--prepare", "colab"]) == 0
    assert made == ["colab"] and capsys.readouterr().out == "\ncolab: is in .venv-compat/x\n"
