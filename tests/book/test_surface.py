"""What chapters import: a small surface, named here, that stays as it is when files inside move."""

import ast
import importlib
import re

import pytest

from tests.book.conftest import code_of, each_chapter

ROOMS = (
    "benchmark", "color", "datasets", "deployment", "losses", "methods", "metrics", "networks", "physics", "plots",
    "training", "widgets",
)  # fmt: skip
"""Packages of which a page may import what ``__all__`` lists; beside the root."""

OPENED = re.compile(
    r"medfuse_course\.(transforms|benchmark\.experiments|methods\.(classical|cnn|gan|extractors|transformers|remedies))\.\w+"
)
"""Files that a page opens because it teaches them: a transform, a method, an experiment. Of these any public name."""


def imports_of(page):
    """Module and name of each import of the course in a page."""
    code = "\n\n".join(code_of(page)[1:])
    for node in ast.walk(ast.parse(re.sub(r"^[%!].*$", "", code, flags=re.M))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "medfuse_course":
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((a.name, "*") for a in node.names if a.name.partition(".")[0] == "medfuse_course")


def is_listed(module, name):
    """Whether a page may import this."""
    if OPENED.fullmatch(f"{module}.{name}") and not name.startswith("_"):
        return True
    if OPENED.fullmatch(module):
        return not name.startswith("_")
    room = module.removeprefix("medfuse_course").removeprefix(".")
    return (not room or room in ROOMS) and name in importlib.import_module(module).__all__


@each_chapter
def test_a_chapter_imports_what_is_listed(page):
    pytest.importorskip("torch", reason="some of the names need it")
    assert [f"from {module} import {name}" for module, name in imports_of(page) if not is_listed(module, name)] == []


@pytest.mark.parametrize(
    ("module", "name", "listed"),
    [
        ("medfuse_course", "fuse", True),
        ("medfuse_course", "core", False),
        ("medfuse_course.plots", "curves", True),
        ("medfuse_course.plots.studies", "curves", False),
        ("medfuse_course.transforms", "pyramid", True),
        ("medfuse_course.transforms.pyramid", "reduce", True),
        ("medfuse_course.transforms.pyramid", "_grow", False),
        ("medfuse_course.methods.cnn", "emfusion", True),
        ("medfuse_course.methods.cnn.emfusion", "tiles", True),
        ("medfuse_course.benchmark.experiments.alignment", "tried_heads", True),
        ("medfuse_course.methods.weights", "load_network", False),
        ("medfuse_course.core.filters", "sum_3x3", False),
    ],
)
def test_the_list_itself(module, name, listed):
    assert is_listed(module, name) is listed
