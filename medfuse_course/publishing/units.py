"""A number and its unit stay in one line: a space before a percent sign or a unit does not break."""

import re

from docutils import nodes
from sphinx.application import Sphinx

_SPACE = re.compile(r"(?<=\d) (?=(?:%|mm|ms|HU|dB|SUV|MB|s)(?!\w))")
_AS_TYPED = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)


def joined(text: str) -> str:
    """The text with spaces between numbers and units that no line breaks at."""
    return _SPACE.sub("\u00a0", text)


def _join(app: Sphinx, doctree: nodes.document) -> None:
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if parent is None or isinstance(parent, _AS_TYPED):
            continue
        better = joined(text.astext())
        if better != text.astext():
            parent.replace(text, nodes.Text(better))


def setup(app: Sphinx) -> None:
    """Connect the event of a page that has been read."""
    app.connect("doctree-read", _join)
