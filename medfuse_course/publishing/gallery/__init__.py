"""The gallery of methods: a page of cards, and a page for each method, both made from the registry.

`scenes` are the phantoms that everything is shown on; `cards` is the directive; `pages` makes and writes the pages,
from the comparison of `swipe`, the pictures of `edges`, the tables of `numbers` and what a chapter says (`failures`).
"""

from sphinx.application import Sphinx

from medfuse_course.publishing.gallery import pages
from medfuse_course.publishing.gallery.cards import Gallery


def setup(app: Sphinx) -> None:
    """Register the directive and what writes the pages."""
    app.add_directive("gallery", Gallery)
    pages.setup(app)
