"""The markers of an exercise cell, and the two cells made from one: what the learner gets, and the solution."""

import ast
import re

_BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)# BEGIN SOLUTION[ \t]*\n(?P<body>.*?)^[ \t]*# END SOLUTION[ \t]*$", re.M | re.S
)
_MARKER = re.compile(r"^[ \t]*# (?:BEGIN|END) SOLUTION[ \t]*\n?", re.M)
_CHECK = re.compile(r"""^\s*(?:\w+\.)?check\(\s*["']([\w.]+)["']""", re.M)

STUB = 'raise NotImplementedError("your code here")'
"""What stands where the learner should write: never a silent zero."""


def has_solution(source: str) -> bool:
    """Whether a cell holds a solution between markers."""
    return "# BEGIN SOLUTION" in source or "# END SOLUTION" in source


def solved(source: str) -> str:
    """Return the cell with its solution, without the markers."""
    return _MARKER.sub("", source).rstrip("\n")


def starter(source: str) -> str:
    """Return the cell with each solution replaced by a stub.

    Inside a function the stub raises NotImplementedError; at the top level, where the answer is a value, every name
    that the solution assigns becomes None.

    Raises
    ------
    ValueError
        A marker without its partner, or a top-level solution that is not only assignments.
    """
    made = _BLOCK.sub(lambda block: _stub(block["indent"], block["body"]), source)
    if has_solution(made):
        raise ValueError(f"expected '# BEGIN SOLUTION' and '# END SOLUTION' in pairs, got:\n{source}")
    ast.parse("\n".join(line for line in made.splitlines() if not line.startswith(("%", "!"))))
    return made.rstrip("\n")


def checked_name(source: str) -> str:
    """Return the name of the exercise that a cell checks, or an empty string."""
    found = _CHECK.search(source)
    return found[1] if found else ""


def _stub(indent: str, body: str) -> str:
    if indent:
        return indent + STUB
    lines = []
    for statement in ast.parse(body).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if not names:
            raise ValueError(
                f"expected only 'name = value' in a solution at the top level, got:\n{ast.unparse(statement)}"
            )
        lines += [f"{name} = None" for name in names]
    return "\n".join(lines)
