"""The package as a whole: its table of contents, its import time, its independence of torch."""

import subprocess
import sys

import pytest

import medfuse_course


def test_every_name_of_the_table_of_contents_resolves():
    for name in medfuse_course.__all__:
        assert callable(getattr(medfuse_course, name)), name
    assert set(medfuse_course.__all__) < set(dir(medfuse_course))


def test_a_wrong_name_is_answered():
    with pytest.raises(AttributeError, match="has no attribute 'fusion'; it offers check, doctor"):
        medfuse_course.fusion  # noqa: B018


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
