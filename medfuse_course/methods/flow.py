"""What a method does, step by step, as data: what a flowchart draws, and what tests hold against the running code.

A family's ``flows.py`` holds one `Flow` for each of its methods. What the code says is not said again: the defaults of
options, such as ``{levels}`` and ``{rule}``, are read from the method, and sizes of networks from the network.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from itertools import accumulate, groupby, pairwise
from typing import Any, NamedTuple

from medfuse_course.core.registry import load_object, lookup
from medfuse_course.methods.base import Method
from medfuse_course.methods.catalogue import get_method
from medfuse_course.methods.multiscale import fuse_bands

BUS = "="
"""Stands in a row of its own, and joins: every step under it takes what every step over it gives."""

_SHARE = re.compile(rf"([a-z{BUS}])(\d*)")

RULES_DO = {
    "average": "(a + b) / 2",
    "choose_max": "larger |coefficient|",
    "choose_max_consistent": "larger |coefficient| in 3 x 3, then a vote",
    "match_salience": "alike: mix; else the larger energy",
    "local_energy": "the larger energy in 3 x 3",
    "energy_laplacian": "larger energy x Laplacian",
    "saliency": "weighted by saliency",
}
"""The rules of `methods.rules.RULES` in a few words."""


@dataclass(frozen=True)
class Step:
    """One box of a flowchart. In all texts ``{option}`` stands for the default of a method's option.

    Attributes
    ----------
    title
        What is done.
    note
        How, in a few words; a line break starts a line.
    takes
        What comes in, written beside its arrows; where it is empty they say what the step before gives.
    gives
        What goes out.
    chooses
        Whether the sources meet here: the choice between them, or their mixture.
    code
        ``"package.module:function"`` under ``medfuse_course``, the function that does it.
    parts
        Submodules of the method's network that do it; ``("",)`` is all of it.
    fixed
        Of `parts`: whether their weights are given and not learned.
    """

    title: str
    note: str = ""
    takes: str = ""
    gives: str = ""
    chooses: bool = False
    code: str = ""
    parts: tuple[str, ...] = ()
    fixed: bool = False

    @property
    def learned(self) -> bool:
        """Whether its weights come from training."""
        return bool(self.parts) and not self.fixed


@dataclass(frozen=True)
class Training:
    """What happens before a network ships, and never again.

    Attributes
    ----------
    sees
        The images it is trained on, in words.
    judges
        What the loss looks at.
    phases
        Name of each phase of the recipe to the names of its terms, as training curves have them.
    """

    sees: str
    judges: str
    phases: Mapping[str, tuple[str, ...]]


class Cell(NamedTuple):
    """One place of a row: its letter, its ends and the middles of its shares from 0 to 1, and whether it passes by."""

    letter: str
    left: float
    right: float
    middles: tuple[float, ...]
    passes: bool

    @property
    def middle(self) -> float:
        """Between its ends."""
        return (self.left + self.right) / 2


class Link(NamedTuple):
    """An arrow from a cell of a row to one of the next; `x` is its place across, 0 to 1."""

    row: int
    above: Cell
    below: Cell
    x: float


@dataclass(frozen=True)
class Flow:
    """The steps of a method and how they hang together.

    Attributes
    ----------
    rows
        From top to bottom, separated by spaces, such as ``"ab t lh i f"``. Each letter is a step; a row shares the
        width among its letters, and ``m3`` gets three times the share. What overlaps is joined, by two arrows where a
        letter stands twice (``ee``: both sources, one after the other, go through e). A letter that stood in an earlier
        row is not another box: what that step gave passes by.
    steps
        By letter. ``a`` and ``b`` are the sources and ``f`` the fused image, unless they say otherwise.
    training
        Of a learned method.
    """

    rows: str
    steps: Mapping[str, Step] = field(default_factory=dict)
    training: Training | None = None

    def __post_init__(self) -> None:
        ends = {"a": Step("source A", gives="A"), "b": Step("source B", gives="B"), "f": Step("fused image")}
        object.__setattr__(self, "steps", {**ends, **self.steps})

    def cells(self) -> list[list[Cell]]:
        """The cells of each row."""
        seen: set[str] = set()
        rows = []
        for row in self.rows.split():
            shares = [(letter, int(share or 1)) for letter, share in _SHARE.findall(row)]
            whole, start, cells = sum(share for _, share in shares), 0, []
            for letter, run in groupby(shares, key=lambda one: one[0]):
                ends = list(accumulate((share for _, share in run), initial=start))
                middles = tuple((x + y) / 2 / whole for x, y in pairwise(ends))
                cells.append(Cell(letter, start / whole, ends[-1] / whole, middles, letter in seen))
                start = ends[-1]
            seen |= {letter for letter, _ in shares} - {BUS}
            rows.append(cells)
        return rows

    def links(self) -> Iterator[Link]:
        """All arrows, row by row from the left."""
        for number, (over, under) in enumerate(pairwise(self.cells())):
            finer = max(over, under, key=lambda row: sum(len(cell.middles) for cell in row))
            middles = [x for cell in finer for x in cell.middles]
            for above in over:
                for below in under:
                    if not below.passes or above.letter == below.letter:
                        for x in _crossings(above, below, middles):
                            yield Link(number, above, below, x)

    def joined(self) -> set[tuple[str, str]]:
        """Pairs of letters: the first gives something to the second, directly or over a `BUS`."""
        direct = {(k.above.letter, k.below.letter, k.row) for k in self.links() if k.above.letter != k.below.letter}
        over = {(a, d) for a, b, r in direct for c, d, s in direct if b == c == BUS and s == r + 1}
        return {(a, b) for a, b, _ in direct if BUS not in (a, b)} | over

    def in_order(self) -> dict[str, Step]:
        """Steps by letter, as they come from top to bottom."""
        return {cell.letter: self.steps[cell.letter] for row in self.cells() for cell in row if cell.letter != BUS}


def flow_of(slug: str) -> Flow:
    """The steps of a method with its default options, all texts filled in.

    Parameters
    ----------
    slug
        Its name. For a learned method the network of the course is built, to count what it learned.

    Returns
    -------
    The flow.
    """
    method = get_method(slug)
    flow: Flow = lookup("flowchart", slug, flows_of(method.family))
    words = _words({"base_rule": signature(fuse_bands).parameters["base_rule"].default} | method.options)
    network = method.load()("course") if method.network else None
    steps = {letter: _filled(step, words, network) for letter, step in flow.steps.items()}
    return replace(flow, steps=steps)


def flows_of(family: str) -> dict[str, Flow]:
    """The flows of a family as they are written, by slug."""
    flows: dict[str, Flow] = load_object(f"{Method.__module__.rpartition('.')[0]}.{family}.flows:FLOWS")
    return flows


def parameters(network: Any, parts: tuple[str, ...]) -> int:
    """How many weights some submodules of a network have."""
    return sum(p.numel() for part in parts for p in network.get_submodule(part).parameters())


def _crossings(above: Cell, below: Cell, middles: list[float]) -> list[float]:
    """Where arrows run from one cell to the next: at the middles of the finer row, or of what passes by."""
    left, right = max(above.left, below.left), min(above.right, below.right)
    if right - left < 1e-6:
        return []
    for cell in (below, above):
        if cell.passes:
            return [cell.middle] if left < cell.middle < right else []
    return [x for x in middles if left + 1e-6 < x < right - 1e-6] or [(left + right) / 2]


def _words(options: Mapping[str, Any]) -> dict[str, str]:
    """Defaults as text; of a rule also what it does (``rule_does``)."""
    words = {}
    for name, value in options.items():
        if isinstance(value, tuple):
            words[name] = ", ".join(map(str, value))
        else:
            words[name] = f"{value:g}" if isinstance(value, float) else str(value)
        if value in RULES_DO:
            words[f"{name}_does"] = RULES_DO[value]
            words[f"{name}_name"] = value.replace("_", " ")
    return words


def _filled(step: Step, words: Mapping[str, str], network: Any) -> Step:
    texts = {name: getattr(step, name).format_map(words) for name in ("title", "note", "takes", "gives", "code")}
    texts |= {k: texts[k].replace(" x ", " \u00d7 ").replace(" - ", " \u2212 ") for k in ("title", "note")}
    if step.parts:
        count = f"{parameters(network, step.parts):,} {'fixed' if step.fixed else 'learned'} weights"
        texts["note"] = "\n".join(filter(None, (texts["note"], count)))
    return replace(step, **texts)
