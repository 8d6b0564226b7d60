"""Mutants are changes of one place, and what cannot change a right result is left alone."""

import pytest

from tests.mutation import mutants_of


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
