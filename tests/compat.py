"""Run the torch-free suite elsewhere: with Colab's older packages, and on the other Python versions of this machine.

    python tests/compat.py [--prepare] [NAME ...]

With every change the first is tested: what students meet with Colab's packages on the newest Python. What changes
rarely runs once a week: all else that needs no torch with Colab's packages, the locked packages on the other Pythons.
Each environment lies in ``.venv-compat/NAME`` and is made anew when what it should hold has changed; ``--prepare``
makes them and tests nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ["pytest", "pytest-xdist", "hypothesis", "pyyaml", "nbclient", "nbformat", "ipykernel"]
# What Colab's image of August 2026 lists. Its pandas and matplotlib are older than this project's lock as well.
COLAB = [
    "numpy==2.1.3",
    "scikit-image==0.25.2",
    "PyWavelets==1.9.0",
    "nibabel==5.4.2",
    "ipywidgets==7.7.1",
    "plotly==5.24.1",
    "pandas==2.2.3",
    "matplotlib==3.10.0",
    "scipy",
    "pillow",
    "pooch",
    "tqdm",
]
LOCKED = ["--constraint", "requirements.lock"]
SIDE_BY_SIDE = ["--numprocesses", "logical", "--maxprocesses", "8", "--dist", "worksteal"]
# What students meet on Colab: the notebooks as they are handed out, unanswered, with what draws, reads and moves in
# them; every exercise with its solution and its mistakes (attacks on checks are for once a week, below); and every
# method, metric and kind of file once.
NOTEBOOKS = "tests/book/test_notebooks_run.py::test_unanswered_every_check_says_not_attempted"
MET = [
    *(f"tests/{part}" for part in ("core", "plots", "widgets", "cli", "test_package.py")),
    "tests/exercises/test_every_exercise.py",
    *("tests/methods/test_fuse.py", "tests/metrics/test_evaluation.py", "tests/datasets/test_nifti.py"),
    NOTEBOOKS,
]
# Older packages can change any number and any picture. These tests need no torch either.
NUMBERS = [
    f"tests/{part}" for part in ("color", "physics", "datasets", "transforms", "metrics", "methods", "exercises")
]
# Another Python with the same packages computes the same. What can differ is the language and its own library: every
# module is imported, the command, files, checks and drawing are used, every method meets its laws, a notebook runs.
LANGUAGE = [
    *("tests/test_package.py", "tests/cli", "tests/core", "tests/plots", "tests/widgets/test_static.py"),
    *("tests/methods/test_fuse.py", "tests/metrics/test_evaluation.py", "tests/datasets/test_nifti.py"),
    f"{NOTEBOOKS}[foundations/first_fusion]",
]
# Name: the Python it wants, the Python it takes when that one is not here, what to install, what to test.
ENVIRONMENTS = {
    "colab": ("python3.13", "python3.11", COLAB, MET),
    "colab-numbers": ("python3.13", "python3.11", COLAB, NUMBERS),
    "python3.12": ("python3.12", None, LOCKED, LANGUAGE),
    "python3.13": ("python3.13", None, LOCKED, LANGUAGE),
}


def interpreter(*names: str | None) -> str | None:
    """The first of these interpreters that starts, on the path or among pyenv's versions, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in filter(None, names):
        version = name.removeprefix("python")
        for found in (shutil.which(name), *sorted(pyenv.glob(f"{version}*/bin/{name}"))):
            if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
                return str(found)
    return None


def prepare(name: str, python: str, packages: list[str]) -> Path:
    """Make the environment, unless it holds the same already; return its interpreter."""
    folder = ROOT / ".venv-compat" / name.removesuffix("-numbers")
    sources = [ROOT / "pyproject.toml", ROOT / "requirements.lock", Path(__file__)]
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources) + python.encode()).hexdigest()
    done = folder / ".holds"
    run = folder / "bin" / "python"
    if not (done.is_file() and done.read_text() == mark):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        # pip would compile on one core. Left to the imports, each new kernel would compile again where
        # PYTHONDONTWRITEBYTECODE is set.
        pip = [run, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        with TemporaryDirectory() as wheels:  # built here, where the tool that builds it is installed already
            build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels]
            subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            (own,) = Path(wheels).iterdir()
            needs = [own] if packages == LOCKED else []  # Colab brings what the course needs, in its own versions
            subprocess.run([*pip, *packages, *TOOLS, *needs], cwd=ROOT, check=True)
            subprocess.run([*pip, "--no-deps", own], cwd=ROOT, check=True)
        seldom = "/(tests?|pip|graph_objs|validators)/"
        compiling = [run, "-m", "compileall", "-q", "-j", "0", "-x", seldom, folder / "lib"]
        subprocess.run(compiling, check=False, stdout=subprocess.DEVNULL)
        done.write_text(mark)
    return run


def tested(name: str, run: Path, tests: list[str]) -> tuple[str, list[str]]:
    """Test an environment, while what pytest prints is shown; return how it went, and pytest's summary of a failure."""
    sys.stdout.write(f"\n{name}: {subprocess.check_output([run, '--version'], text=True)}")
    marks = "not torch and not browser and not install and not slow and not weekly"
    quiet = ["-W", "ignore::DeprecationWarning"]  # older packages deprecate each other; not ours to mend
    command = [run, "-m", "pytest", "-q", *SIDE_BY_SIDE, "-m", marks, "-p", "no:cacheprovider", *quiet, *tests]
    environment = {**os.environ, "MEDFUSE_EXAMPLES": "8", "PATH": f"{run.parent}{os.pathsep}{os.environ['PATH']}"}
    printed = []
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "bufsize": 1}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **both) as process:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            printed += [line] if line.strip() else []
    if process.returncode == 0:
        return "passed", []
    starts = [number for number, line in enumerate(printed, start=1) if "short test summary info" in line]
    return "failed", printed[starts[-1] if starts else -2 :]  # without a summary: what pytest cannot do


def prepared(name: str, run: Path, tests: list[str]) -> tuple[str, list[str]]:
    """Nothing is tested."""
    return f"is in {run.parent.parent.relative_to(ROOT)}", []


def main(names: list[str]) -> int:
    """Test each named environment (all, when none is named), then say of each how it went; 0 when none failed."""
    ends = {}
    work = prepared if "--prepare" in names else tested
    for name in [name for name in names if name != "--prepare"] or ENVIRONMENTS:
        wanted, fallback, packages, tests = ENVIRONMENTS[name]
        python = interpreter(wanted, fallback)
        missing = f"skipped, {wanted} is not on this machine", []
        ends[name] = work(name, prepare(name, python, packages), tests) if python else missing
    # Last, and together: who sees only the end of a long log still sees what failed, and where.
    sys.stdout.write("\n")
    for name, (end, summary) in ends.items():
        sys.stdout.writelines([f"{name}: {end}\n", *(f"  {line}" for line in summary)])
    return int(any(end == "failed" for end, _ in ends.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
