"""Plots, widgets and exercises cost no plotting library until one is used."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["plots", "widgets", "exercises"])
def test_import_is_light(package):
    code = (
        f"import sys, medfuse_course.{package}; "
        "heavy = {'plotly', 'matplotlib', 'ipywidgets', 'torch', 'pandas'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
