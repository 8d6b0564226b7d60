"""Rules of the house that no linter knows: run by the test suite and by the pre-commit hook.

python tests/house.py      prints what is wrong; exit code 1 if anything is
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGEST_FILE = 1_000_000
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
MAY_BE_LARGE = ("data/", "vendor/")


def tracked() -> list[Path]:
    """Files that git tracks or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(listed.split("\0"))) if name and (path := ROOT / name).is_file()]


def faults() -> Iterator[str]:
    """One sentence for each broken rule."""
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.stat().st_size > LARGEST_FILE and not name.startswith(MAY_BE_LARGE):
            yield f"{name}: {path.stat().st_size / 1e6:.1f} MB; only data/ and vendor/ may hold files over 1 MB"
        if path.suffix == ".ipynb":
            yield from _notebook(name, path)
        if path.suffix == ".py" and name.startswith("medfuse_course/"):
            yield from _module(name, path)


def _notebook(name: str, path: Path) -> Iterator[str]:
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf8"))["cells"]):
        if cell.get("outputs") or cell.get("execution_count"):
            yield f"{name}: cell {number} has outputs; clear them"


def _module(name: str, path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf8")
    if (lines := text.count("\n")) > LONGEST_FILE:
        yield f"{name}: {lines} lines; more than one sitting ({LONGEST_FILE}); split it"
    if re.search(r"\bpickle\b|allow_pickle=True|weights_only=False", text):
        yield f"{name}: nothing is pickled here"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body and (length := node.body[-1].end_lineno - body[0].lineno + 1) > LONGEST_FUNCTION:
                yield f"{name}: {node.name} has {length} lines of code; more than a screen ({LONGEST_FUNCTION})"
        if isinstance(node, ast.Assert):
            yield f"{name}:{node.lineno}: assert vanishes under python -O; raise an error"
    for function in _public_functions(ast.parse(text)):
        if _says_parameters_alone(function):
            yield f"{name}: {function.name} has Parameters and returns a value; say what under Returns (or Yields)"


def _public_functions(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Functions and methods without an underscore before their name, or before that of their class."""
    for member in node.body:
        if isinstance(member, ast.ClassDef | ast.FunctionDef) and not member.name.startswith("_"):
            if isinstance(member, ast.FunctionDef):
                yield member
            else:
                yield from _public_functions(member)


def _says_parameters_alone(function: ast.FunctionDef) -> bool:
    """Whether the docstring has a section of parameters but none of what comes back, though something does."""
    sections = re.findall(r"^(\w+)\n-+$", ast.get_docstring(function) or "", re.MULTILINE)
    returns_value = function.returns is not None and ast.unparse(function.returns) != "None"
    return returns_value and "Parameters" in sections and not {"Returns", "Yields"} & set(sections)


if __name__ == "__main__":
    found = list(faults())
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(bool(found))
