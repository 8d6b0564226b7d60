"""``{hero}``: what the course is about, at a glance, on its landing page."""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.datasets import Pair, load_pair
from medfuse_course.methods import fuse
from medfuse_course.publishing.pictures import in_clinic_colors, panel


class Hero(SphinxDirective):
    """``{hero}``: one row of dark panels for each pair named: source, source, fused. CT is shown in the bone window."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"method": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the rows."""
        method = self.options.get("method", "laplacian_pyramid")
        rows = [_row(_calm_pair(name), method) for name in self.arguments[0].split()]
        return [nodes.container("", *rows, classes=["hero"])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("hero", Hero)


def _calm_pair(name: str) -> Pair:
    """The pair of that name; CT in the bone window, where its noise does not fill the brain."""
    return load_pair(name, window_b="hu:bone") if name.endswith("-ct") else load_pair(name)


def _row(pair: Pair, method: str) -> nodes.container:
    a, b = in_clinic_colors(pair)
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
