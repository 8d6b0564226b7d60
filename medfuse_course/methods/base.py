"""What a method declares about itself."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from medfuse_course.core.device import require_torch
from medfuse_course.core.registry import load_object

Family = Literal["classical", "cnn", "gan", "extractors", "transformers", "remedies"]
Task = Literal["fusion", "enhancement", "synthesis", "segmentation"]
LEARNED_OPTIONS: dict[str, Any] = {"scale": "course", "weights": None}
"""Options of every learned method: the size of its network, and a file of weights other than the shipped ones."""

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
    where
        ``"package.module:function"``. The function takes two gray images ``(H, W)`` (or two RGB images when
        `color_native`) and options by keyword, and returns an image on the same grid. The function of a learned method
        takes its network before the images.
    citation
        Key in ``chapters/references.bib``; of the course's own methods, what their idea rests on.
    evidence
        How much of the published method is known: read in its authors' code (or textbook mathematics), in an abstract,
        or in a title only; ``"course"``: the course's own, no paper.
    summary
        One sentence: what it does and how it fails.
    reference
        Number in the review's list of references; None when the review names the idea without a reference.
    task
        What the method is for; only ``"fusion"`` goes through `fuse`.
    symmetric
        ``F(a, b) = F(b, a)`` with the default options.
    idempotent
        ``F(a, a) = a`` with the default options.
    color_native
        Takes RGB itself instead of working on luminance.
    network
        ``"package.module:function"`` of a learned method: ``scale`` to `torch.nn.Module`. Empty: nothing is learned.
    recipe
        ``"package.module:RECIPE"`` of a learned method: how its weights are made.
    stacks
        The function also takes stacks ``(N, H, W)`` and fuses them at once, as a GPU likes it.
    """

    slug: str
    title: str
    family: Family
    where: str
    citation: str
    evidence: Evidence
    summary: str
    reference: int | None = None
    task: Task = "fusion"
    symmetric: bool = True
    idempotent: bool = True
    color_native: bool = False
    network: str = ""
    recipe: str = ""
    stacks: bool = False

    def load(self) -> Callable[..., Any]:
        """Import and return the function this declaration points at; that of a learned method needs PyTorch."""
        if self.network:
            require_torch()
        function: Callable[..., Any] = load_object(self.where)
        return function

    @property
    def options(self) -> dict[str, Any]:
        """Option names and their defaults: keyword-only parameters of the function; more where something is learned."""
        parameters = inspect.signature(self.load()).parameters.values()
        own = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        return own | LEARNED_OPTIONS if self.network else own
