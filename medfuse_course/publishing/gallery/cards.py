"""``{gallery}``: a card for every method of the library, and behind each card the method's own page."""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from medfuse_course.methods import Method, Task, list_methods
from medfuse_course.methods.base import EVIDENCE
from medfuse_course.methods.tasks import FUSION, TASKS
from medfuse_course.publishing.gallery.pages import method_page
from medfuse_course.publishing.gallery.scenes import Scene, scenes_of
from medfuse_course.publishing.method_links import FAMILIES, method_link
from medfuse_course.publishing.pictures import framed


class Gallery(SphinxDirective):
    """``{gallery}``: the methods of fusion by family, then those of each other task; with ``:family:`` only of one."""

    option_spec: ClassVar = {"family": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the cards, and the pages that Sphinx writes beside this one."""
        only = self.options.get("family", "")
        self.env.metadata[self.env.docname]["gallery"] = only or "all"
        result = given_nodes(scenes_of(FUSION)[0])
        shown = [method for method in list_methods(FUSION) if only in {"", method.family}]
        for family, title in FAMILIES.items():
            cards = [card(method) for method in shown if method.family == family]
            result += [nodes.rubric("", title), nodes.container("", *cards, classes=["gallery"])] if cards else []
        for task in (task for task in TASKS.values() if task != FUSION and not only):
            result += task_nodes(task)
            shown += list_methods(task)
        return [*result, *(method_page(self, method) for method in shown)]


def task_nodes(task: Task) -> list[nodes.Node]:
    """What the gallery shows of a task other than fusion, in the windows of the task's case.

    Returns
    -------
    Title, words, what goes in with what is true, and a card for each method.
    """
    return [
        nodes.rubric("", task.title),
        nodes.paragraph("", f"In: {task.inputs}. Out: {task.output}."),
        *given_nodes(scenes_of(task)[0]),
        nodes.container("", *map(card, list_methods(task)), classes=["gallery"]),
    ]


def given_nodes(scene: Scene) -> list[nodes.Node]:
    """A row of panels: what goes in, and the truth where it is an image."""
    panels = [framed(shown, name) for name, shown in scene.given_pictures().items()]
    return [nodes.container("", *panels, classes=["panel-row", "sources"])]


def card(method: Method) -> nodes.container:
    """Picture, name, one sentence, the call, and how much is known; the name leads to the method's page."""
    scene = scenes_of(method.task)[0]
    title = nodes.paragraph("", "", method_link("", method.title, slug=method.slug, to="page"), classes=["card-title"])
    summary = nodes.paragraph("", method.summary)
    code = nodes.paragraph("", "", nodes.literal("", method.task.call(method.slug)))
    known = nodes.paragraph("", EVIDENCE[method.evidence], classes=["card-note"])
    shown = framed(scene.method_picture(method), "")
    return nodes.container("", shown, title, summary, code, known, classes=["card-method"])
