"""The package works outside the checkout: from its wheel, and with what environment.yml lists."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from medfuse_course.publishing import derived

pytestmark = pytest.mark.install
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
"""Not compiled: hardly anything of what is installed here is imported."""


def _venv(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def _call(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "MEDFUSE_DATA"}}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    subprocess.run(build, cwd=derived.ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_a_wheel_works_elsewhere(wheel, tmp_path):
    python = _venv(tmp_path / "venv")
    subprocess.run([python, *PIP, "--constraint", derived.ROOT / "requirements.lock", wheel], check=True, cwd=tmp_path)
    code = """
import medfuse_course, pathlib
from medfuse_course import evaluate, fuse, load_pair
assert "site-packages" in medfuse_course.__file__
pair = load_pair("head/mri-ct")
fused = fuse(pair.a, pair.b)
values = evaluate(fused, pair.a, pair.b)
assert values["qabf"] > 0.4, values
from medfuse_course.datasets.image_files import write_image
write_image("a.png", pair.a); write_image("b.png", pair.b)
assert medfuse_course.hint("physics.pet.uptake", 1).total > 1
"""
    _call(python, "-c", code, cwd=tmp_path)
    medfuse = python.parent / "medfuse"
    _call(medfuse, "fuse", "a.png", "b.png", "-o", "fused.png", cwd=tmp_path)
    assert (tmp_path / "fused.png").stat().st_size > 1000
    assert "laplacian_pyramid" in _call(medfuse, "list", "methods", cwd=tmp_path)
    _call(medfuse, "doctor", cwd=tmp_path)


@pytest.mark.parametrize("folder", ["data", "chapters"])
def test_the_wheel_carries_all_that_ships(wheel, folder):
    import zipfile

    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {p.relative_to(derived.ROOT).as_posix() for p in (derived.ROOT / folder).rglob("*") if p.is_file()}
    assert shipped
    assert {f"medfuse_course/{name}" for name in shipped if "__pycache__" not in name} <= names
    assert "medfuse_course/py.typed" in names


@pytest.fixture
def listed(tmp_path):
    """What environment.yml lists for pip, and the one line of the lock that keeps PyTorch a CPU build; as two files."""
    lock = (derived.ROOT / "requirements.lock").read_text(encoding="utf8").splitlines()
    (tmp_path / "needs.txt").write_text("\n".join(derived.requirements(derived.ROOT / "pyproject.toml")))
    (tmp_path / "torch.txt").write_text(next(line for line in lock if line.startswith("torch==")))
    return "-r", tmp_path / "needs.txt", "-c", tmp_path / "torch.txt"


def test_the_pip_section_of_environment_yml_fits_together(listed, tmp_path):
    """Pip finds versions of all it lists that agree, by the same search with which it installs them."""
    report = tmp_path / "report.json"
    search = ("--dry-run", "--ignore-installed", "--report", report)
    subprocess.run([sys.executable, *PIP, *search, *listed], check=True, cwd=tmp_path)
    found = {_plain(one["metadata"]["name"]) for one in json.loads(report.read_text(encoding="utf8"))["install"]}
    needs = derived.requirements(derived.ROOT / "pyproject.toml")
    assert {_plain(re.split(r"[<>=!~\s\[]", need)[0]) for need in needs} <= found


@pytest.mark.weekly
def test_the_pip_section_of_environment_yml_installs(listed, tmp_path):
    """As conda's pip would: the listed lines, in a fresh environment; torch as locked (a CPU build)."""
    python = _venv(tmp_path / "venv")
    torch = (tmp_path / "torch.txt").read_text()
    subprocess.run([python, derived.ROOT / "tools" / "cpu_torch.py", torch], check=True, cwd=tmp_path)
    subprocess.run([python, *PIP, *listed], check=True, cwd=tmp_path)
    _call(python, "-m", "pip", "check", cwd=tmp_path)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
