"""Small changes of a module, one at a time, and a process that runs with one of them; no file is touched."""

import ast
import gc
import importlib.machinery
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

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


def names_of(mutant: Mutant) -> set[str]:
    """What a module-level place of a mutant is called: the constant, the class and its field, the function."""
    found, nodes = set(), ast.parse(mutant.path.read_text(encoding="utf8")).body
    while node := next((n for n in nodes if n.lineno <= mutant.line <= n.end_lineno), None):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {part.id for target in targets if target for part in ast.walk(target) if isinstance(part, ast.Name)}
        found |= {name} if (name := getattr(node, "name", None)) else set()
        nodes = node.body if isinstance(node, ast.ClassDef) else []
    return found


def parts_of(code: CodeType) -> Iterator[CodeType]:
    """A code object and those within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from parts_of(constant)


def swaps(mutant: Mutant) -> dict[CodeType, CodeType] | None:
    """Old and new code of the module's functions; None where what runs at import differs, too."""
    old = list(parts_of(compile(mutant.path.read_text(encoding="utf8"), str(mutant.path), "exec")))
    new = list(parts_of(compile(mutant.source, str(mutant.path), "exec")))
    if [(c.co_qualname, c.co_freevars) for c in old] != [(c.co_qualname, c.co_freevars) for c in new]:
        return None
    for was, becomes in zip(old, new, strict=True):
        values = [[c for c in code.co_consts if not isinstance(c, CodeType)] for code in (was, becomes)]
        if not was.co_flags & CO_OPTIMIZED and (was.co_code != becomes.co_code or repr(values[0]) != repr(values[1])):
            return None
    return dict(zip(old, new, strict=True))


def put(mutant: Mutant) -> None:
    """From now on this process has the mutant, where its module is loaded already and where it will be."""
    read = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader, name):
        same = Path(loader.path) == mutant.path
        return compile(mutant.source, loader.path, "exec") if same else read(loader, name)

    importlib.machinery.SourceFileLoader.get_code = get_code
    changed, file = swaps(mutant) or {}, str(mutant.path)
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == file:  # isinstance wakes lazy objects
            function.__code__ = changed.get(function.__code__, function.__code__)
