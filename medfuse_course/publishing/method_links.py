"""Links to what the book says of a method: its section in a chapter, and its page in the gallery.

They are resolved once all pages are read, since a method's pages follow from the registry and not from a table of
contents.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

FAMILIES = {
    "classical": "Classical methods",
    "cnn": "Convolutional networks",
    "gan": "Adversarial networks",
    "extractors": "Deep feature extractors",
    "transformers": "Transformers",
    "remedies": "Answers to open challenges",
}
"""Families of methods, in the order of the course, and their titles."""

GALLERY = "chapters/atlas/gallery"
"""The page of the gallery; the pages of its methods lie in a folder beside it."""


class method_link(nodes.General, nodes.TextElement):  # type: ignore[misc]  # docutils has no types
    """Words that lead to a method (``slug``): to its section, or, with ``to="page"``, to its page in the gallery.

    Where the book has neither, as in a book of a few pages, they stay words.
    """


class GalleryRole(SphinxRole):
    """``{gallery-page}`slug```: a link to the page of a method."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        return [method_link("", "Gallery", slug=self.text, to="page")], []


def setup(app: Sphinx) -> None:
    """Register node and role."""
    app.add_role("gallery-page", GalleryRole())
    app.add_node(method_link)
    app.connect("doctree-resolved", _link)


def page_of(slug: str) -> str:
    """Where in the book the page of a method lies: ``chapters/atlas/methods/<slug>``."""
    return f"{GALLERY.rpartition('/')[0]}/methods/{slug}"


def _link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(method_link)):
        uri = _address(app, docname, node)
        text = [child.deepcopy() for child in node.children]
        node.replace_self([nodes.reference("", "", *text, refuri=uri, internal=True)] if uri else text)


def _address(app: Sphinx, docname: str, node: method_link) -> str:
    """The relative address, empty if the book has no such place."""
    if node.get("to") == "page":
        return app.builder.get_relative_uri(docname, page_of(node["slug"])) if GALLERY in app.env.found_docs else ""
    labels: dict[str, Any] = app.env.domaindata["std"]["anonlabels"]  # of paragraphs, too
    page, anchor = labels.get(f"method-{node['slug']}", ("", ""))
    return f"{app.builder.get_relative_uri(docname, page)}#{anchor}" if page else ""
