"""What a chapter says of how a method fails, for the method's own page: the very paragraph, not a second one."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment

_WORDS = "How it fails"


def failure_of(env: BuildEnvironment, slug: str) -> list[nodes.Element]:
    """The paragraph **How it fails.** of a method's section, and the list that may follow it.

    Parameters
    ----------
    env
        Of a book whose pages have all been read.
    slug
        Of the method.

    Returns
    -------
    Copies; nothing where the book has no such section.
    """
    labels: dict[str, Any] = env.domaindata["std"]["anonlabels"]  # of paragraphs, too
    docname, anchor = labels.get(f"method-{slug}", ("", ""))
    if not docname:
        return []
    others = {place[1] for name, place in labels.items() if name.startswith("method-") and place[0] == docname}
    section = _from(env.get_doctree(docname), anchor, others - {anchor})
    return [node.deepcopy() for node in _saying(section)]


def _from(document: nodes.document, anchor: str, others: set[str]) -> list[nodes.Element]:
    """Elements from an anchor to the next one of another method, in the order of the page."""
    kept: list[nodes.Element] = []
    inside = False
    for node in document.findall(nodes.Element):
        if others.intersection(node.get("ids", ())):
            inside = False
        inside = inside or anchor in node.get("ids", ())
        kept += [node] if inside else []
    return kept


def _saying(section: list[nodes.Element]) -> Iterator[nodes.Element]:
    for node in section:
        if isinstance(node, nodes.title) and node.astext() == _WORDS:
            following = node.parent.children[1:]
        elif isinstance(node, nodes.paragraph) and (start := _start(node)) is not None:
            yield nodes.paragraph("", "", *(child.deepcopy() for child in node.children[start + 1 :]))
            following = node.parent.children[node.parent.index(node) + 1 :]
            following = following[: isinstance(following[0] if following else None, nodes.bullet_list)]
        else:
            continue
        for child in following:
            if not isinstance(child, nodes.paragraph | nodes.bullet_list):
                return
            yield child
        return


def _start(paragraph: nodes.paragraph) -> int | None:
    """Where in a paragraph the bold words stand."""
    bold = (k for k, c in enumerate(paragraph.children) if isinstance(c, nodes.strong) and c.astext() == f"{_WORDS}.")
    return next(bold, None)
