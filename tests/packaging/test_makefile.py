"""What the Makefile runs is all that there is to run."""

import re

import pytest

from tests.house import ROOT


@pytest.mark.parametrize("mark", ["browser", "install"])
def test_marked_tests_lie_in_the_folders_that_their_command_collects(mark):
    """Collecting all tests to run those of a folder takes as long as many of them."""
    command = re.search(
        rf""" -m "?{mark}(?: and not weekly")? (.*)$""", (ROOT / "Makefile").read_text(encoding="utf8"), re.M
    )
    folders = [ROOT / name for name in command[1].split()]
    marked = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(rf"pytest\.mark\.{mark}\b", path.read_text(encoding="utf8"))
    ]
    assert marked and [path for path in marked if not set(folders) & set(path.parents)] == []


@pytest.mark.parametrize("command", ["weekly-test", "compat-weekly"])
def test_once_a_week_runs_what_each_change_does_not(command):
    assert re.search(rf"^{command}: ", (ROOT / "Makefile").read_text(encoding="utf8"), re.M)
    assert f"make {command}\n" in (ROOT / ".github/workflows/weekly.yml").read_text(encoding="utf8")
