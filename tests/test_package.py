"""The package as a whole: its table of contents, its import time, its independence of torch."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

import medfuse_course


def test_every_name_of_the_table_of_contents_resolves():
    for name in medfuse_course.__all__:
        assert callable(getattr(medfuse_course, name)), name
    assert set(medfuse_course.__all__) < set(dir(medfuse_course))


METHODS = pytest.param("methods", marks=pytest.mark.torch)  # of weights and model cards


@pytest.mark.parametrize("room", [METHODS, "benchmark", "color", "datasets", "metrics", "physics", "plots"])
def test_every_name_of_a_room_resolves(room):
    module = importlib.import_module(f"medfuse_course.{room}")
    assert {name for name in module.__all__ if getattr(module, name, None) is None} == set()
    assert set(module.__all__) <= set(dir(module))


def test_data_sets_are_loaded_without_scanners_and_file_formats():
    code = "import medfuse_course.datasets, sys; print(*(m for m in sys.modules if m.endswith(('.nifti', '.scan'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_module_can_be_imported():
    """Where an extra is not installed, a module that needs it says so and nothing else fails."""
    code = """
import importlib, pkgutil, medfuse_course
for module in pkgutil.walk_packages(medfuse_course.__path__, "medfuse_course."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(error.name.split(".")[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    missing = set(done.stdout.split())
    extras = {"torch", "safetensors", "accelerate", "sphinx", "docutils", "myst_nb", "jupyter_cache", "distributed"}
    assert missing <= extras and not any(map(importlib.util.find_spec, missing))


def test_a_wrong_name_is_answered():
    with pytest.raises(AttributeError, match="has no attribute 'fusion'; it offers check, claim, doctor"):
        medfuse_course.fusion  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'load_image'"):
        importlib.import_module("medfuse_course.datasets").load_image  # noqa: B018


def test_the_version_is_the_installed_one():
    from importlib.metadata import version

    assert medfuse_course.__version__ == version("medfuse-course")


@pytest.mark.parametrize(
    "statement",
    [
        "import medfuse_course",
        "from medfuse_course import list_methods; list_methods()",
        "from medfuse_course import fuse, evaluate, load_pair",
    ],
)
def test_no_heavy_package_comes_along(statement):
    heavy = {"torch", "matplotlib", "plotly", "ipywidgets", "pandas", "nilearn"}
    code = f"import sys\n{statement}\nprint(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_import_costs_next_to_nothing():
    """Counted in modules, which repeats, and not in seconds, which does not."""
    code = "import medfuse_course, sys; print(*(m for m in ('numpy', 'scipy', 'PIL', 'nibabel') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
