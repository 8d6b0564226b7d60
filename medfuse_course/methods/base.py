"""What a method declares about itself."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from medfuse_course.core.device import require_torch
from medfuse_course.core.registry import load_object
from medfuse_course.methods.tasks import FUSION, Task

Family = Literal["classical", "cnn", "gan", "extractors", "transformers", "remedies"]
RUN_OPTIONS: dict[str, Any] = {"tile": None, "precision": "float32"}
"""Options of every network, a reader's own too: how it is run, as `methods.learned.run_network` takes it. One that
looks at the whole image refuses a tile."""

LEARNED_OPTIONS: dict[str, Any] = {"scale": "course", "weights": None} | RUN_OPTIONS
"""Options of every learned method: the size of its network, and its weights if not the shipped ones, as
`methods.weights.load_network` takes them; and how it is run."""

FUSE_OPTIONS: dict[str, Any] = {"color": "ycbcr", "black": True}
"""Options of `fuse` itself; methods that take color themselves have no use for the first."""

Evidence = Literal["code-verified", "abstract", "title", "course"]
EVIDENCE: dict[Evidence, str] = {
    "code-verified": "Verified against code or textbook mathematics",
    "abstract": "Our reading of an abstract",
    "title": "Our reading of a title",
    "course": "The course's own: no paper stands behind it",
}
"""How much is known of a published method, in words."""


@dataclass(frozen=True)
class Method:
    """A declaration: what a method is and where its code lies.

    Attributes
    ----------
    slug
        The name that `fuse` takes.
    title
        The name that a table shows.
    family
        The chapter family it belongs to.
    citation
        Key in ``chapters/references.bib``; of the course's own methods, what their idea rests on.
    evidence
        How much of the published method is known: read in its authors' code (or textbook mathematics), in an abstract,
        or in a title only; ``"course"``: the course's own, no paper.
    summary
        One sentence: what it does and how it fails.
    where
        ``"package.module:function"`` of a method that learns nothing. The function takes two gray images ``(H, W)`` (or
        two RGB images when `color_native`) and options by keyword, and returns an image on the same grid. Functions of
        other tasks take what their verb hands on: `enhance` always a stack ``(D, H, W)``, `synthesize` one image,
        `segment` two, of which the first may be None.
    network
        ``"package.module:function"`` of a learned method: takes ``scale``, returns a `torch.nn.Module`. Its
        ``forward(a, b, *, option=default)`` takes tensors ``(N, 1, H, W)`` (or with 3 channels when `color_native`) and
        gives the fused image, fusion rule included. That of another task takes what its verb does: one image ``x`` of
        enhancement (its ``slices`` are channels) and synthesis, two of segmentation. The function's return annotation
        names the class.
    reference
        Number in the review's list of references; None when the review names the idea without a reference.
    task
        What the method is for, and so which verb takes it: only `FUSION` goes through `fuse`.
    symmetric
        ``F(a, b) = F(b, a)`` with the default options.
    idempotent
        ``F(a, a) = a`` with the default options.
    color_native
        Takes RGB itself instead of working on luminance.
    recipe
        ``"package.module:RECIPE"`` of a learned method: how its weights are made.
    backbone
        Of a method that works on features of a trunk: its name in `networks.backbones.BACKBONES`. The network holds it
        in ``extractor.trunk``, and the weights, the recipe's too, are those of the trunk: `methods.weights` puts it
        there.
    window
        Of a synthesis: the intensity window whose [0, 1] it returns, such as ``"hu:500,3000"``.
    """

    slug: str
    title: str
    family: Family
    citation: str
    evidence: Evidence
    summary: str
    where: str = ""
    network: str = ""
    reference: int | None = None
    task: Task = FUSION
    symmetric: bool = True
    idempotent: bool = True
    color_native: bool = False
    recipe: str = ""
    backbone: str = ""
    window: str = ""

    def load(self) -> Callable[..., Any]:
        """Import and return the function this declaration points at: what fuses, or what builds the network that does.

        That of a learned method needs PyTorch.
        """
        if self.network:
            require_torch()
        function: Callable[..., Any] = load_object(self.network or self.where)
        return function

    @property
    def options(self) -> dict[str, Any]:
        """Option names and their defaults: keyword-only parameters of the function, or of the network's ``forward``.

        A network that looks at the whole image, whose class has no ``reach``, has no ``tile``.
        """
        if not self.network:
            return _keywords(self.load())
        built = get_type_hints(self.load())["return"]
        whole = {"tile"} if getattr(built, "reach", None) is None else set()
        listed = _keywords(built.forward) | LEARNED_OPTIONS
        return {name: default for name, default in listed.items() if name not in whole}

    @property
    def choices(self) -> dict[str, tuple[Any, ...]]:
        """Of options that are one of a few words, which: what their annotations list."""
        taken = get_type_hints(self.load())["return"].forward if self.network else self.load()
        hints = get_type_hints(taken)
        return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}

    @property
    def verb_options(self) -> dict[str, Any]:
        """Options beside its own that the verb of its task has for it, and their defaults."""
        if self.task != FUSION:
            return {}
        return {name: default for name, default in FUSE_OPTIONS.items() if not (self.color_native and name == "color")}

    @property
    def module(self) -> str:
        """Dotted name of the file where the method's code lies."""
        return (self.network or self.where).partition(":")[0]


def _keywords(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def check_task(method: Method, task: Task) -> Method:
    """Return the method if it is for the task, or say which verb takes it."""
    if method.task != task:  # not `is`: a process has a copy of its own
        raise ValueError(
            f"method: expected one for {task}, got {method.slug!r}, which does {method.task}; "
            f"write {method.task.call(method.slug)} instead"
        )
    return method
