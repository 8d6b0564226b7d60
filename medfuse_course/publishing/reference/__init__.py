"""The reference: what every public name takes and gives, drawn from the docstrings, and links to it from chapters.

`names` says which names are public and which pages use them; `rooms`, `methods`, `metrics` and `commands` are the
directives of the pages; `docstrings` prepares a docstring for Sphinx; `backlinks` brings a chapter to the entries.
"""

from sphinx.application import Sphinx

from medfuse_course.publishing.reference import backlinks, commands, docstrings, methods, metrics, rooms


def setup(app: Sphinx) -> None:
    """Register the directives and events."""
    for concern in (docstrings, rooms, methods, metrics, commands, backlinks):
        concern.setup(app)
