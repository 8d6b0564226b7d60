"""What a method declares about itself."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from medfuse_course.core.registry import load_object

Family = Literal["classical", "cnn", "gan", "extractors", "transformers", "remedies"]
Task = Literal["fusion", "enhancement", "synthesis", "segmentation"]
Evidence = Literal["code-verified", "abstract", "title"]


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
        `color_native`) and options by keyword, and returns an image on the same grid.
    citation
        Key in ``chapters/references.bib``.
    evidence
        How much of the published method is known: read in its authors' code (or textbook mathematics), in an abstract,
        or in a title only.
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

    def load(self) -> Callable[..., Any]:
        """Import and return the function this declaration points at."""
        function: Callable[..., Any] = load_object(self.where)
        return function

    @property
    def options(self) -> dict[str, Any]:
        """Option names and their defaults, read off the function's keyword-only parameters."""
        parameters = inspect.signature(self.load()).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
