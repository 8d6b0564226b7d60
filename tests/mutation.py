"""Break the library on purpose, one small change at a time, and see whether a test notices.

    python tests/mutation.py ROOM [--count 40] [--seed 0] [--only FILE] [--tests PATH ...]

A room is a package below `medfuse_course`: ``losses``, ``training``. Of all mutants of its modules a few are drawn.
First the room's quick tests (``tests/ROOM``) run once, unchanged, and each notes which lines of the room it executes;
then each mutant meets those that executed its line, then the others that entered its file, until one fails. A mutant
that lives is the same program in other words, or a hole in the tests: read it.

A mutant never touches a file: it is compiled in the place of its module, in a process of its own. So tests that start
another Python do not meet it, and those that read source code read the original.
"""

import argparse
import ast
import csv
import importlib
import importlib.machinery
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
QUICK = "not slow and not browser and not install and not handed_out and not weekly"
HEAVY = ("numpy", "scipy.ndimage", "scipy.optimize", "skimage.metrics", "nibabel", "accelerate", "torch")
"""What tests import again and again: loaded once, before a process is made for each mutant."""

COMPARE = {"Lt": "LtE", "LtE": "Lt", "Gt": "GtE", "GtE": "Gt", "Eq": "NotEq", "NotEq": "Eq", "Is": "IsNot",
           "In": "NotIn", "IsNot": "Is", "NotIn": "In"}  # fmt: skip
BINARY = {"Add": "Sub", "Sub": "Add", "Mult": "Div", "Div": "Mult", "Pow": "Mult", "FloorDiv": "Div", "Mod": "FloorDiv",
          "BitAnd": "BitOr", "BitOr": "BitAnd"}  # fmt: skip
SAYS_NOTHING = {"strict", "maxsize", "stacklevel", "repr"}
"""Keywords that change no result of a right call."""


class Mutant(NamedTuple):
    """A change of one place: the file, where, what kind, the old and the new text, and the whole module with it."""

    path: Path
    line: int
    kind: str
    was: str
    becomes: str
    source: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module."""
    text = path.read_text(encoding="utf8")
    starts = [0]
    for row in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    for node, kind, becomes in changes(ast.parse(text)):
        first, last = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        raw = text.encode()
        was, source = raw[first:last].decode(), (raw[:first] + becomes.encode() + raw[last:]).decode()
        yield Mutant(path, node.lineno, kind, " ".join(was.split()), " ".join(becomes.split()), source)


def changes(node: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, str, str]]:
    """Nodes, the kind of change, and the text that takes their place; messages, annotations and types are left out."""
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    for place, kind, changed in here(node, inside):
        text = ast.unparse(changed)
        yield place, kind, text if isinstance(changed, ast.stmt | ast.Constant) else f"({text})"
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for part in child if isinstance(child, list) else [child]:
            if isinstance(part, ast.AST) and not (isinstance(part, ast.keyword) and part.arg in SAYS_NOTHING):
                yield from changes(part, inside or isinstance(node, ast.FunctionDef | ast.Lambda))


def here(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """The changes of one node alone: the place, the kind, and what stands there then."""
    match node:
        case ast.Compare(left, [op], right) if (name := type(op).__name__) in COMPARE:
            yield node, "comparison", ast.Compare(left, [getattr(ast, COMPARE[name])()], right)
        case ast.BinOp(left, op, right) if (name := type(op).__name__) in BINARY and (inside or "Bit" not in name):
            yield node, "arithmetic", ast.BinOp(left, getattr(ast, BINARY[name])(), right)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield node, "sign", operand
        case ast.BoolOp(op, parts):
            yield node, "boolean", ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), parts)
        case ast.IfExp(test, one, other):
            yield node, "branch", ast.IfExp(test, other, one)
        case ast.If(test, body, _) if inside:
            guards = isinstance(body[0], ast.Raise)
            yield test, "condition", ast.Constant(False) if guards else ast.UnaryOp(ast.Not(), test)
        case ast.Constant(bool(value)):
            yield node, "constant", ast.Constant(not value)
        case ast.Constant(int(value)):
            yield node, "constant", ast.Constant(value + 1)
        case ast.Constant(float(value)):
            yield node, "constant", ast.Constant(value * 2 or 1.0)
        case ast.Call(call, arguments, keywords) if inside:
            for k, keyword in enumerate(keywords):
                if keyword.arg and keyword.arg not in SAYS_NOTHING:
                    yield node, "keyword dropped", ast.Call(call, arguments, keywords[:k] + keywords[k + 1 :])
        case ast.Expr(ast.Call()) | ast.AugAssign() if inside:
            yield node, "statement dropped", ast.Pass()


class Traced:
    """A plugin of pytest: which lines of the room each test executes, and how long it takes."""

    def __init__(self, files: set[str]) -> None:
        self.files, self.lines, self.found, self.others = files, set(), {}, set()

    def __call__(self, frame, event, argument):
        """Follow the frames of the room, and no other."""
        if frame.f_code.co_filename not in self.files:
            return None
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.lines, started = set(), time.perf_counter()
        sys.settrace(self)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.found[item.nodeid] = (time.perf_counter() - started, sorted(self.lines))

    def pytest_runtest_logreport(self, report):
        if report.outcome != "passed":
            self.others.add(report.nodeid)


class Chosen:
    """A plugin of pytest: these tests alone, in this order."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {name: k for k, name in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda item: self.order[item.nodeid])


def in_a_process(work, limit: float) -> int | None:
    """The exit code of `work` in a fork of this process; None when it took longer than `limit` seconds."""
    child = os.fork()
    if not child:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1), os.dup2(nothing, 2)
        os.setsid()
        code = 3
        try:
            code = int(work())
        finally:
            os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def run_tests(paths: list[str], plugin: object, *options: str) -> int:
    """Pytest, in this process."""
    return pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *options, *paths], plugins=[plugin])


def trace(tests: list[str], files: list[Path]) -> dict[str, tuple[float, set[tuple[str, int]]]]:
    """Seconds and lines of each quick test that passes."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "lines.json"

        def work() -> int:
            plugin = Traced(set(map(str, files)))
            code = run_tests(tests, plugin, "-m", QUICK)
            out.write_text(json.dumps({name: was for name, was in plugin.found.items() if name not in plugin.others}))
            return code

        code = in_a_process(work, 3600)
        if not out.is_file():
            raise SystemExit(f"the tests {tests} did not run: pytest ends with {code}")
        found = json.loads(out.read_text())
    return {name: (was[0], set(map(tuple, was[1]))) for name, was in found.items()}


def tests_for(mutant: Mutant, traced: dict[str, tuple[float, set[tuple[str, int]]]]) -> list[str]:
    """Tests that executed the mutant's line, quick ones first, then others that entered its file."""
    file = str(mutant.path)
    entered = [name for name, (_, lines) in traced.items() if any(path == file for path, _ in lines)]
    return sorted(entered, key=lambda name: ((file, mutant.line) not in traced[name][1], traced[name][0]))


def verdict_on(mutant: Mutant, traced: dict[str, tuple[float, set[tuple[str, int]]]]) -> str:
    """``killed``, ``timeout`` (killed, too), ``survived``, or ``not run``: no test enters the file."""
    tests = tests_for(mutant, traced)
    if not tests:
        return "not run"

    def work() -> int:
        read = importlib.machinery.SourceFileLoader.get_code

        def get_code(loader, name):
            same = Path(loader.path) == mutant.path
            return compile(mutant.source, loader.path, "exec") if same else read(loader, name)

        importlib.machinery.SourceFileLoader.get_code = get_code
        return run_tests(list(dict.fromkeys(name.partition("::")[0] for name in tests)), Chosen(tests), "-x")

    code = in_a_process(work, 60 + 5 * sum(traced[name][0] for name in tests))
    return {None: "timeout", 0: "survived"}.get(code, "killed")


def main() -> None:
    """Read the command line, write a row for each mutant, print what lived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="modules of the room, as parts of their path")
    parser.add_argument("--tests", nargs="*", help="where to look for tests; tests/ROOM")
    parser.add_argument("--slowest", type=float, default=5, help="seconds; tests that take longer are left out")
    parser.add_argument("--out", type=Path, default=Path("_build/mutants.csv"))
    given = parser.parse_args()
    os.chdir(ROOT)
    os.nice(3)
    for name in HEAVY:
        with suppress(ImportError):
            importlib.import_module(name)
    files = sorted((ROOT / "medfuse_course" / given.room).rglob("*.py"))
    wanted = [path for path in files if not given.only or any(part in path.as_posix() for part in given.only)]
    every = [mutant for path in wanted for mutant in mutants_of(path)]
    drawn = random.Random(given.seed).sample(every, min(given.count, len(every)))
    traced = trace(given.tests or [f"tests/{given.room}"], files)
    traced = {name: seen for name, seen in traced.items() if seen[0] <= given.slowest}
    print(f"{given.room}: {len(traced)} tests, {len(drawn)} of {len(every)} mutants", flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    dead = 0
    with given.out.open("w", newline="", encoding="utf8") as file:
        table = csv.writer(file)
        table.writerow(["verdict", "file", "line", "kind", "was", "becomes", "seconds"])
        for mutant in drawn:
            started = time.monotonic()
            verdict = verdict_on(mutant, traced)
            dead += verdict in ("killed", "timeout")
            where = mutant.path.relative_to(ROOT).as_posix()
            row = [verdict, where, mutant.line, mutant.kind, mutant.was, mutant.becomes]
            table.writerow([*row, round(time.monotonic() - started, 1)])
            file.flush()
            if verdict in ("survived", "not run"):
                print(f"{verdict}: {where}:{mutant.line} {mutant.kind}: {mutant.was} -> {mutant.becomes}", flush=True)
    print(f"{dead} of {len(drawn)} killed")


if __name__ == "__main__":
    main()
