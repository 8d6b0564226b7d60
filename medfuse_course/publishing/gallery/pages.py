"""A page for each method: its card, a comparison with any other, its pictures, its failure, its numbers.

What a page holds is parsed with the gallery, in whose document it waits as a node that the gallery itself does not
show: so Sphinx knows its links and citations, and keeps its pictures as long as the gallery is not read again. The
pages are written when all others are, since they quote the chapters.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.benchmark.review import review_references
from medfuse_course.methods import Method, get_method
from medfuse_course.methods.base import EVIDENCE
from medfuse_course.methods.tasks import FUSION
from medfuse_course.publishing.gallery.edges import marked, wrong_edges
from medfuse_course.publishing.gallery.failures import failure_of
from medfuse_course.publishing.gallery.numbers import number_nodes
from medfuse_course.publishing.gallery.scenes import Scene, scenes_of
from medfuse_course.publishing.gallery.swipe import swipe_html
from medfuse_course.publishing.method_links import FAMILIES, page_of
from medfuse_course.publishing.pictures import exact_picture, framed
from medfuse_course.publishing.reference.methods import options_lines
from medfuse_course.publishing.reference.rooms import parsed


class waiting_page(nodes.Invisible, nodes.Element):  # type: ignore[misc]  # docutils has no types
    """The page of a method (``slug``) inside the document of the gallery."""


class quoted_failure(nodes.Invisible, nodes.Element):  # type: ignore[misc]
    """The place of what the chapter says."""


def setup(app: Sphinx) -> None:
    """Register the nodes and the events."""
    for node in (waiting_page, quoted_failure):
        app.add_node(node, html=(_skip, None), latex=(_skip, None), text=(_skip, None))
    app.connect("html-collect-pages", _pages)
    app.connect("html-page-context", _load, priority=100)


def method_page(directive: SphinxDirective, method: Method) -> waiting_page:
    """The page of a method, in the document of the directive that is being read."""
    card = nodes.container("", *parsed(directive, card_lines(method)), classes=["method-card"])
    scenes = scenes_of(method.task)
    said = f"In the words of {{ref}}`its section <method-{method.slug}>`, which goes on with pictures and numbers:"
    swipe = nodes.raw("", swipe_html(method, scenes, "../" * page_of(method.slug).count("/")), format="html")
    sections = [
        _section("Beside another method", swipe, nodes.paragraph("", _HOW)),
        _section("On the same images", *(row for scene in scenes for row in _row(scene, method))),
        _section("How it fails", *parsed(directive, [said]), quoted_failure(""), *_edges(scenes, method)),
    ]
    if numbers := number_nodes(method):
        sections.append(_section("Its numbers", *numbers, *parsed(directive, [_READ])))
    if options := list(options_lines(method)):
        sections.append(_section("Its options", *parsed(directive, options)))
    title = nodes.title("", method.title)
    whole = nodes.section("", title, nodes.paragraph("", method.summary), card, *sections, ids=[method.slug])
    return waiting_page("", whole, slug=method.slug)


_HOW = (
    "Drag the border, or move it with the arrow keys. All pictures are of phantoms: what a method does to a patient, "
    "they cannot show."
)


_READ = (
    "The {doc}`leaderboard </chapters/atlas/leaderboard>` says how to read such tables, and why numbers of so few "
    "patients decide nothing."
)


def card_lines(method: Method) -> Iterator[str]:
    """Yield the card of a method in Markdown."""
    family = FAMILIES[method.family].lower()
    yield f"- **Task**: {method.task.title.lower()}; {family}"
    yield f"- **Call**: `{method.task.call(method.slug)}`"
    yield f"- **How much is known**: {EVIDENCE[method.evidence].lower()}"
    yield f"- **Source**: {{cite:t}}`{method.citation}`"
    for reference in review_references():
        if reference.key == method.citation:
            yield f"- **In the review**: [{reference.number}], {reference.what}"
    always = [word for word, held in _laws(method).items() if held]
    yield f"- **By default**: {'; '.join(always)}" if always else ""
    yield f"- **Network**: {_trained(method.slug)}" if method.network else ""
    yield f"- **Taught in**: {{ref}}`{method.title} <method-{method.slug}>`"
    yield f"- **Reference**: {{ref}}`{method.title} <reference-{method.slug}>`; file `{method.module}`"


def _trained(slug: str) -> str:
    from medfuse_course.methods.model_card import how_trained  # needs PyTorch

    said = how_trained(slug)
    minutes = f"{said['minutes']} minute{'s' * (said['minutes'] != 1)}"
    return f"{said['numbers']:,} numbers, learned from {said['saw']} in {minutes} on one CPU thread"


def _laws(method: Method) -> dict[str, bool]:
    return {
        "exchanging the sources changes nothing": method.task == FUSION and method.symmetric,
        "two equal sources come out as they are": method.task == FUSION and method.idempotent,
        "takes color itself": method.color_native,
    }


def _section(title: str, *content: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", title), *content, ids=[title.lower().replace(" ", "-")])


def _row(scene: Scene, method: Method) -> list[nodes.Node]:
    given = [framed(shown, name) for name, shown in scene.given_pictures().items()]
    panels = nodes.container(
        "", *given, framed(scene.method_picture(method), method.title, "fused"), classes=["panel-row"]
    )
    return [nodes.paragraph("", f"{scene.title}:"), panels]


def _edges(scenes: tuple[Scene, ...], method: Method) -> list[nodes.Node]:
    """The edges that a fusion lost and made up, on each scene."""
    panels: list[nodes.Node] = []
    for scene in scenes if method.task == FUSION else ():
        f, (a, b) = scene.result(method.slug), scene.given.values()
        lost, made_up = wrong_edges(f, a, b)
        words = f"{' and '.join(scene.given)}: {lost.sum()} lost, {made_up.sum()} made up"
        alt = f"{method.title} on {words}: pixels of edges, in color over the dimmed picture"
        file = scene.file(f"edges-{method.slug}")
        panels.append(framed(exact_picture(marked(f, lost, made_up), file, alt), words))
    lost_words = nodes.inline("", "edges of a source that the fused image has not", classes=["edge-key", "lost"])
    made_words = nodes.inline("", "edges of the fused image that no source has", classes=["edge-key", "made-up"])
    key = nodes.paragraph("", "", nodes.Text("In color: "), lost_words, nodes.Text("; "), made_words, nodes.Text("."))
    return [key, nodes.container("", *panels, classes=["panel-row"])] if panels else []


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write every page that waits in a gallery."""
    for docname in [name for name, found in app.env.metadata.items() if "gallery" in found]:
        waiting = list(app.env.get_doctree(docname).findall(waiting_page))
        for number, page in enumerate(waiting):
            beside = {"prev": waiting[number - 1 : number] or None, "next": waiting[number + 1 : number + 2] or None}
            around = {side: _beside(found[0]["slug"]) for side, found in beside.items() if found}
            name, method = page_of(page["slug"]), get_method(page["slug"])
            yield name, {"title": method.title, "body": _body(app, page, name), **around}, "page.html"


def _beside(slug: str) -> dict[str, str]:
    return {"link": f"{slug}.html", "title": get_method(slug).title}


def _body(app: Sphinx, page: waiting_page, name: str) -> str:
    """The page as HTML: with what the chapter says, and with all links resolved from where it lies."""
    document = page.document.copy()
    document += page.children[0].deepcopy()
    for place in list(document.findall(quoted_failure)):
        said = failure_of(app.env, page["slug"])
        place.replace_self(nodes.block_quote("", *said) if said else [])
    for link in document.findall(addnodes.pending_xref):
        link["refdoc"] = name
    app.env.get_domain("math").data["has_equations"][name] = any(document.findall(nodes.math))  # so MathJax is loaded
    app.env.resolve_references(document, name, app.builder)
    builder: Any = app.builder
    builder.current_docname, builder.secnumbers, builder.fignumbers = name, {}, {}
    document.settings = builder.docsettings
    builder.docwriter.write(document, StringOutput(encoding="unicode"))
    builder.docwriter.assemble_parts()
    body: str = builder.docwriter.parts["fragment"]
    return body


def _skip(translator: Any, node: nodes.Node) -> None:
    raise nodes.SkipNode


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if 'class="swipe"' in context.get("body", ""):
        app.add_css_file("gallery.css", priority=910)
        app.add_js_file("gallery.js", priority=600, defer="defer")
