"""Files that follow from pyproject.toml say what it says."""

import subprocess

import pytest

from medfuse_course.publishing import derived
from medfuse_course.publishing.project import project


def test_derived_files_are_up_to_date():
    stale = [path.name for path, text in derived.derived_files().items() if path.read_text(encoding="utf8") != text]
    assert stale == [], "run: make derived"


def test_environment_names_the_same_requirements():
    lines = (derived.ROOT / "environment.yml").read_text(encoding="utf8").splitlines()
    listed = [line.strip(" -\"'") for line in lines if line.startswith("      - ")]
    assert listed == derived.requirements(derived.ROOT / "pyproject.toml")


def test_the_address_stands_once():
    """No file types the repository's address but pyproject.toml, what is derived from it, and the student notebooks."""
    address = project().repository
    command = ["git", "grep", "-lIF", "--untracked", address, "--", ".", ":!notebooks"]
    done = subprocess.run(command, cwd=derived.ROOT, capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == {"pyproject.toml", "README.md", "CITATION.cff"}


def test_a_readme_without_its_block_is_an_error(tmp_path):
    (tmp_path / "README.md").write_text("nothing here")
    (tmp_path / "pyproject.toml").write_text((derived.ROOT / "pyproject.toml").read_text(encoding="utf8"))
    with pytest.raises(ValueError, match="expected one block 'derived: badges', got 0"):
        derived.derived_files(tmp_path)


def test_floors_are_not_above_the_lock():
    from packaging.requirements import Requirement

    lock = (derived.ROOT / "requirements.lock").read_text(encoding="utf8").splitlines()
    locked = {Requirement(line).name.lower(): line.split("==")[1] for line in lock if "==" in line}
    for need in map(Requirement, derived.requirements(derived.ROOT / "pyproject.toml")):
        assert need.specifier.contains(locked[need.name.lower()]), need
