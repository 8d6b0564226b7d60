"""Run the torch-free suite elsewhere: with Colab's older packages, and on the other Python versions of this machine.

    python tests/compat.py [NAME ...]

Each environment lies in ``.venv-compat/NAME`` and is made anew when what it should hold has changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ["pytest", "hypothesis", "jupytext", "nbclient", "nbformat", "ipykernel"]
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
LOCKED = ["--constraint", "requirements.lock", "."]
# Name: the Python it wants, the Python it takes when that one is not here, what to install.
ENVIRONMENTS = {
    "colab": ("python3.13", "python3.11", COLAB),
    "python3.12": ("python3.12", None, LOCKED),
    "python3.13": ("python3.13", None, LOCKED),
}
SUITE = [
    *(f"tests/{part}" for part in ("core", "color", "physics", "datasets", "transforms", "metrics", "methods")),
    *(f"tests/{part}" for part in ("plots", "widgets", "exercises", "cli", "test_package.py")),
]
# Other Pythons with the same packages: what computes.
CORE = [f"tests/{part}" for part in ("core", "datasets", "transforms", "metrics", "methods", "cli", "test_package.py")]
# Students run the notebooks on Colab, so there they run too: as they are handed out, unanswered.
NOTEBOOKS = "tests/book/test_notebooks_run.py::test_unanswered_every_check_says_not_attempted"


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
    folder = ROOT / ".venv-compat" / name
    sources = [ROOT / "pyproject.toml", ROOT / "requirements.lock", Path(__file__)]
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources) + python.encode()).hexdigest()
    done = folder / ".holds"
    run = folder / "bin" / "python"
    if not (done.is_file() and done.read_text() == mark):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [run, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages, *TOOLS], cwd=ROOT, check=True)
        subprocess.run([*pip, "--no-deps", "--force-reinstall", "."], cwd=ROOT, check=True)
        done.write_text(mark)
    return run


def main(names: list[str]) -> int:
    """Test each named environment (all, when none is named); the exit code says whether all passed."""
    failed = False
    for name in names or ENVIRONMENTS:
        wanted, fallback, packages = ENVIRONMENTS[name]
        python = interpreter(wanted, fallback)
        if python is None:
            sys.stdout.write(f"\n{name}: skipped, {wanted} is not on this machine\n")
            continue
        run = prepare(name, python, packages)
        sys.stdout.write(f"\n{name}: {subprocess.check_output([run, '--version'], text=True)}")
        sys.stdout.flush()
        marks = "not torch and not browser and not install"
        environment = {**os.environ, "MEDFUSE_EXAMPLES": "8", "PATH": f"{run.parent}{os.pathsep}{os.environ['PATH']}"}
        quiet = ["-W", "ignore::DeprecationWarning"]  # older packages deprecate each other; not ours to mend
        command = [
            run,
            "-m",
            "pytest",
            "-q",
            "-m",
            marks,
            "-p",
            "no:cacheprovider",
            *quiet,
            *(SUITE if name == "colab" else CORE),
        ]
        command += [NOTEBOOKS] if name == "colab" else []
        failed |= subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
