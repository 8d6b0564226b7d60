"""``{api-methods}``: an entry for each registered method: its options, its file, its section, its citation."""

import importlib
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.methods import Method, list_methods
from medfuse_course.methods.base import EVIDENCE, LEARNED_OPTIONS
from medfuse_course.methods.tasks import TASKS
from medfuse_course.publishing.reference.rooms import parsed, rst


class ApiMethods(SphinxDirective):
    """``{api-methods}``: every method, task by task."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each."""
        listed = [method for task in TASKS.values() for method in list_methods(task=task)]
        return parsed(self, (line for method in listed for line in method_lines(method)))


def method_lines(method: Method) -> Iterator[str]:
    """Yield the entry of a method in Markdown."""
    yield from (f"(reference-{method.slug})=", f"### {method.title}", "", f"`{method.task.call(method.slug)}`", "")
    yield from (method.summary, "")
    yield from rst((importlib.import_module(method.module).__doc__ or "").strip().splitlines())
    yield from options_lines(method)
    yield f"Section: {{ref}}`{method.title} <method-{method.slug}>`. {{gallery-page}}`{method.slug}`. "
    yield f"Source: {{cite:p}}`{method.citation}`. {EVIDENCE[method.evidence]}. File: `{method.module}`."
    yield ""


def options_lines(method: Method) -> Iterator[str]:
    """Yield the table of a method's own options; those that all learned methods share stand once, above."""
    own = {name: default for name, default in method.options.items() if name not in LEARNED_OPTIONS}
    if not own:
        return
    yield from ("| option | default |", "| --- | --- |")
    yield from (f"| `{name}` | `{default!r}` |" for name, default in own.items())
    yield ""


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("api-methods", ApiMethods)
