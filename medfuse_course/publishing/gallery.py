"""The two directives that draw from the library: the hero of the landing page and the gallery of methods.

Both compute their pictures from the head phantom when the book is built, so the gallery grows with the registry.
"""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.catalogue import load_case
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.methods import Method, Task, fuse, list_methods, solve
from medfuse_course.methods.base import EVIDENCE
from medfuse_course.methods.tasks import FUSION, TASKS
from medfuse_course.publishing.pictures import panel

FAMILIES = {
    "classical": "Classical methods",
    "cnn": "Convolutional networks",
    "gan": "Adversarial networks",
    "extractors": "Deep feature extractors",
    "transformers": "Transformers",
    "remedies": "Answers to open challenges",
}
"""Families of methods, in the order of the course, and their titles."""


class Hero(SphinxDirective):
    """``{hero}``: one row of dark panels for each pair named: source, source, fused. CT is shown in the bone window."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"method": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the rows."""
        method = self.options.get("method", "laplacian_pyramid")
        rows = [_hero_row(_calm_pair(name), method) for name in self.arguments[0].split()]
        return [nodes.container("", *rows, classes=["hero"])]


class Gallery(SphinxDirective):
    """``{gallery}``: a card for every registered method: of fusion by family, on one pair (``:pair:``); then by task.

    The methods of another task stand beside their own inputs and the truth. With ``:family:`` only fusion is shown.
    """

    option_spec: ClassVar = {"pair": directives.unchanged_required, "family": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the sources, then the cards of each family."""
        a, b, pair = _sources(load_pair(self.options.get("pair", "head/mri-pet")))
        stem = pair.name.replace("/", "-")
        found = [
            panel(a, f"{stem}-a", pair.modalities[0], f"{pair.modalities[0]} of the phantom, the first source"),
            panel(b, f"{stem}-b", pair.modalities[1], f"{pair.modalities[1]} of the phantom, the second source"),
        ]
        result: list[nodes.Node] = [nodes.container("", *found, classes=["panel-row", "sources"])]
        for family, title in FAMILIES.items():
            methods = list_methods(task="fusion", family=family)  # type: ignore[arg-type]
            if methods and family in self.options.get("family", family):
                result.append(nodes.rubric("", title))
                result.append(nodes.container("", *(_card(m, a, b, pair) for m in methods), classes=["gallery"]))
        if "family" not in self.options:
            result += [node for task in TASKS.values() if task != FUSION for node in task_nodes(task)]
        return result


class method_link(nodes.General, nodes.TextElement):  # type: ignore[misc]  # docutils has no types
    """A method's title; becomes a link to the section ``(method-<slug>)=`` once all pages are read."""


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("hero", Hero)
    app.add_directive("gallery", Gallery)
    app.add_node(method_link)
    app.connect("doctree-resolved", _link_methods)


def _sources(pair: Pair) -> tuple[Image, Image, Pair]:
    """Show emission images as clinics do, in the hot table; leave the rest gray."""
    colored = pair.b.ndim == 2 and pair.modalities[1] in {"PET", "SPECT"}
    return pair.a, apply_table(pair.b, "hot") if colored else pair.b, pair


def _calm_pair(name: str) -> Pair:
    """The pair of that name; CT in the bone window, where its noise does not fill the brain."""
    return load_pair(name, window_b="hu:bone") if name.endswith("-ct") else load_pair(name)


def _hero_row(pair: Pair, method: str) -> nodes.container:
    a, b, _ = _sources(pair)
    first, second = pair.modalities
    stem = "hero-" + pair.name.replace("/", "-")
    fused_alt = f"{first} and {second} of the head phantom fused into one image"
    return nodes.container(
        "",
        panel(a, f"{stem}-a", first, f"{first} slice of the head phantom"),
        panel(b, f"{stem}-b", second, f"{second} slice of the head phantom, same position"),
        panel(fuse(a, b, method), f"{stem}-fused", f"{first} + {second}, fused", fused_alt, "fused"),
        classes=["panel-row"],
    )


def task_nodes(task: Task) -> list[nodes.Node]:
    """What the gallery shows of a task other than fusion, in the windows of the task's case.

    Returns
    -------
    Title, words, what goes in with what is true, and a card for each method.
    """
    methods, case = list_methods(task=task), load_case(task.example)
    truth = panel(_shown(case.target, case), f"{task}-truth", "truth", f"What {task.verb} should give on the phantom")
    stem = case.name.replace("/", "-")
    sources = [
        panel(parse_window(window).apply(image), f"{stem}-{number}", name, f"{name} of the phantom")
        for number, ((name, image), window) in enumerate(zip(case.inputs.items(), case.windows, strict=False))
    ]
    cards = [
        _method_card(m, _shown(solve(case, m.slug), case), f"{' and '.join(case.inputs)}: {task.slug} by {m.title}")
        for m in methods
    ]
    return [
        nodes.rubric("", task.title),
        nodes.paragraph("", f"In: {task.inputs}. Out: {task.output}."),
        nodes.container("", *sources, truth, classes=["panel-row", "sources"]),
        nodes.container("", *cards, classes=["gallery"]),
    ]


def _shown(result: Any, case: Case) -> Image:
    """A result or the target of a case in [0, 1]: a mask as black and white."""
    return parse_window(case.windows[-1]).apply(result.astype("float32"))


def _card(method: Method, a: Image, b: Image, pair: Pair) -> nodes.container:
    alt = f"{' and '.join(pair.modalities)} of the phantom fused by {method.title}"
    return _method_card(method, fuse(a, b, method.slug), alt)


def _method_card(method: Method, image: Image, alt: str) -> nodes.container:
    shown = panel(image, f"method-{method.slug}", "", alt)
    title = nodes.paragraph("", "", method_link("", method.title, slug=method.slug), classes=["card-title"])
    summary = nodes.paragraph("", method.summary)
    code = nodes.paragraph("", "", nodes.literal("", method.task.call(method.slug)))
    known = nodes.paragraph("", EVIDENCE[method.evidence], classes=["card-note"])
    return nodes.container("", shown, title, summary, code, known, classes=["card-method"])


def _link_methods(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    labels: dict[str, Any] = app.env.domaindata["std"]["labels"]
    for node in list(doctree.findall(method_link)):
        page, anchor, _ = labels.get(f"method-{node['slug']}", ("", "", ""))
        text = nodes.strong("", node.astext())
        if page:
            uri = app.builder.get_relative_uri(docname, page) + f"#{anchor}"
            node.replace_self(nodes.reference("", "", text, refuri=uri, internal=True))
        else:
            node.replace_self(text)
