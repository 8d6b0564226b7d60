"""From a chapter to the reference: the first use of a public name is a link, and a list closes the page."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from medfuse_course.publishing.reference.names import public_names, uses

_CALL = re.compile(r"(?:\w+\.)*(?P<name>\w+)(?:\(.*\))?", re.S)


def _link(app: Sphinx, doctree: nodes.document) -> None:
    """Link a chapter's names: each where the prose has it first, and all at the end."""
    page = app.env.docname
    entries = sorted(uses(Path(app.env.doc2path(page))), key=_short)
    if not entries:
        return
    waiting = {_short(entry): entry for entry in entries}
    for literal in list(doctree.findall(nodes.literal)):
        found = _CALL.fullmatch(literal.astext())
        linked = isinstance(literal.parent, nodes.reference | addnodes.pending_xref | nodes.title)
        if found and found["name"] in waiting and not linked:
            literal.replace_self(_reference(page, waiting.pop(found["name"]), literal.deepcopy()))
    links = [_reference(page, entry, nodes.literal("", _short(entry))) for entry in entries]
    spaced = [node for link in links for node in (link, nodes.Text(", "))][:-1]
    line = nodes.paragraph("", "", nodes.Text("From the library, on this page: "), *spaced, nodes.Text("."))
    section = next(iter(doctree.findall(nodes.section)))
    section += nodes.container("", line, classes=["library-names"])


def _find(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.Node) -> nodes.Node | None:
    """A docstring says ``luma`` or ``color.gray.luma`` and means the one public name that ends so."""
    if node.get("refdomain") != "py":
        return None
    entries = [entry for entry in public_names() if _short(entry) == _short(node["reftarget"])]
    if len(entries) != 1:
        return None
    domain: Any = env.get_domain("py")
    docname = node.get("refdoc", env.docname)
    found: nodes.Node | None = domain.resolve_xref(env, docname, app.builder, "obj", entries[0], node, shown)
    return found


def _short(entry: str) -> str:
    return entry.rpartition(".")[2]


def _reference(page: str, entry: str, shown: nodes.Node) -> addnodes.pending_xref:
    target = {"refdomain": "py", "reftype": "obj", "reftarget": entry}
    return addnodes.pending_xref("", shown, refexplicit=True, refdoc=page, **target)


def setup(app: Sphinx) -> None:
    """Connect the events of a page that has been read, and of a name that nobody found."""
    app.connect("doctree-read", _link)
    app.connect("missing-reference", _find)
