"""A docstring and a signature of this project, prepared for Sphinx.

What a function returns is said here in sentences, where numpydoc expects a list of names and types; arrays are called
what `core.types` calls them.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_RETURNS = re.compile(r"^(Returns|Yields)\n-+\n(?P<body>(?:(?!^\S.*\n-{3,}$).*\n?)*)", re.M)
_KEPT = "what-is-returned"
_ALIASES = {
    "ndarray[tuple[Any, ...], dtype[float32]]": "Image",
    "ndarray[tuple[Any, ...], dtype[floating[Any]]]": "FloatArray",
    "ndarray[tuple[Any, ...], dtype[bool]]": "BoolArray",
}
_MODULES = re.compile(r"\b(?:numpy|torch|typing|collections|pathlib|medfuse_course)\.(?:\w+\.)*(?=\w)")
_SHAPED = re.compile(r"ndarray\[tuple\[(?:Any|int), \.\.\.\], dtype\[([\w\[\]]+?)\]\]")


def set_aside(doc: str) -> tuple[str, str]:
    """Return the docstring with a placeholder for its sentences on what is returned, and these sentences.

    A list of names, each with an indented explanation, stays where it is.
    """
    found = _RETURNS.search(doc)
    if not found or re.search(r"^ ", found["body"], re.M):
        return doc, ""
    start, end = found.span("body")
    return f"{doc[:start]}{_KEPT}\n\n{doc[end:]}", " ".join(found["body"].split())


def put_back(lines: list[str], sentences: str) -> list[str]:
    """Return the lines that were made of the docstring with the sentences in place of the placeholder."""
    return [line.replace(f"*{_KEPT}*", sentences) for line in lines]


def readable(annotation: str) -> str:
    """Return an annotation in the words of `core.types`, and without module names."""
    short = _MODULES.sub("", annotation.replace("~", ""))
    for long, alias in _ALIASES.items():
        short = short.replace(long, alias)
    return _SHAPED.sub(r"ndarray[\1]", short)


def setup(app: Sphinx) -> None:
    """Connect before and after numpydoc's sections are read."""
    aside: dict[str, str] = {}

    def before(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
        doc, aside[name] = set_aside("\n".join(lines))
        lines[:] = doc.splitlines()

    def after(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
        lines[:] = put_back(lines, aside.pop(name))

    def signature(
        app: Sphinx, what: str, name: str, value: Any, options: Any, arguments: str | None, returned: str | None
    ) -> tuple[str | None, str | None]:
        return arguments and readable(arguments), returned and readable(returned)

    app.connect("autodoc-process-docstring", before, priority=400)
    app.connect("autodoc-process-docstring", after, priority=600)
    app.connect("autodoc-process-signature", signature)
