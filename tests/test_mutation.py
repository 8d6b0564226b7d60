"""Mutants are changes of one place, and what cannot change a right result is left alone."""

import importlib.util
from importlib.machinery import SourceFileLoader

import pytest

from tests.mutants import mutants_of, names_of, put, swaps
from tests.mutation import Seen, chosen_for


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("def f(x):\n    return x < 1", {"comparison: (x <= 1)", "constant: 2"}),
        ("def f(x, scale=0.5):\n    return -x", {"constant: 1.0", "sign: (x)"}),
        ("def f(x):\n    return x.sum(dim=k)", {"keyword dropped: (x.sum())"}),
        ("def f(x, y):\n    return x if x and y else z", {"branch: (z if x and y else x)", "boolean: (x or y)"}),
        ("def f(x):\n    x += y\n    log(x)", {"statement dropped: pass"}),
        ("def f(x):\n    if x:\n        raise ValueError(1 + 1)", {"condition: False"}),
        ("def f(x):\n    if x:\n        return y", {"condition: (not x)"}),
        ("def f(x: int | None) -> A | B:\n    return zip(x, y, strict=True)", set()),
        ("Kind = A | B\nSIDE = 11", {"constant: 12"}),
    ],
)
def test_the_mutants_of_a_few_lines(code, changes, tmp_path):
    path = tmp_path / "module.py"
    path.write_text(code)
    found = list(mutants_of(path))
    assert {f"{mutant.kind}: {mutant.becomes}" for mutant in found} == changes
    for mutant in found:
        compile(mutant.source, "<mutant>", "exec")
        assert mutant.source != code


MODULE = """LIMIT: float = 0.5

class Scan:
    dose: int = 1

def over(x):
    return x > LIMIT
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module that is imported already; what is put into the process goes with the test."""
    monkeypatch.setattr(SourceFileLoader, "get_code", SourceFileLoader.get_code)
    path = tmp_path / "measured.py"
    path.write_text(MODULE)
    return path


def loaded(path):
    spec = importlib.util.spec_from_file_location("measured", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_a_mutant_takes_the_place_of_a_function_that_others_hold_and_of_a_constant_that_is_imported_later(module):
    over = loaded(module).over
    mutants = {mutant.kind + mutant.was: mutant for mutant in mutants_of(module)}
    assert not over(0.5)
    put(mutants["comparisonx > LIMIT"])
    assert over(0.5)
    assert swaps(mutants["constant0.5"]) is None
    put(mutants["constant0.5"])
    assert loaded(module).LIMIT == 1.0 and module.read_text() == MODULE


def test_constants_meet_first_the_tests_that_run_a_line_with_their_name(module, tmp_path):
    of_limit, of_dose = (mutant for mutant in mutants_of(module) if mutant.kind == "constant")
    assert names_of(of_limit) == {"LIMIT"} and names_of(of_dose) == {"Scan", "dose"}
    (tmp_path / "test_a.py").write_text("from measured import Scan")
    (tmp_path / "test_b.py").write_text("")
    a, b, c = f"{tmp_path}/test_a.py::x", f"{tmp_path}/test_b.py::y", f"{tmp_path}/test_b.py::z"
    traced = {a: Seen(0.1, frozenset()), b: Seen(0.3, frozenset({(str(module), 7)})), c: Seen(0.2, frozenset())}
    assert chosen_for(of_limit, traced, [module], 20)[0] == b
    assert chosen_for(of_dose, traced, [module], 20)[0] == a
    assert chosen_for(of_dose, traced, [module], 0.05) == [a]
