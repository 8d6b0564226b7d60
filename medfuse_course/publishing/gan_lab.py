"""The directive ``{gan-lab}``: a reader trains a small GAN on points of the plane, in the page itself, offline.

Here stand the words and the controls. What they do is in ``static/gan*.js``, which only pages with the directive load.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SCRIPTS = ("gan.js", "gan_data.js", "gan_draw.js", "gan_lab.js")
STYLE = "gan_lab.css"

DATA = {"grid": "Grid of 25", "ring": "Ring of 8", "own": "Own points"}
OBJECTIVES = {
    "saturating": "Saturating",
    "non_saturating": "Non-saturating",
    "lsgan": "Least squares",
    "wgan": "WGAN, clipped",
    "wgan_gp": "WGAN-GP",
}
TURNS = {"0": "usual", "1": "1 : 1", "2": "2 : 1", "5": "5 : 1", "10": "10 : 1"}
"""Steps of the discriminator for one of the generator; the script adds what is usual for the objective."""

NUMBERS = {
    "step": "Discriminator steps",
    "found": "Modes found",
    "good": "Good samples",
    "imbalance": "KL to uniform (nats)",
    "balance": "Balance",
    "pull": "Mean pull",
}
PICTURE = "Rings are real points, orange dots are samples, lines on them say how each is pulled."
DRAWING = (
    "Drawing area. Arrow keys move a cross, with Shift farther; Enter or Space puts a point there, "
    "Backspace takes the last one away."
)
CAPTION = (
    "Look for three things. Do the orange samples reach every group of rings, or do they gather at a few and wander? "
    "Does the bright part of the surface, where the discriminator believes in real points, stay at the rings, or does "
    "it run from the samples? Do the lines vanish where the discriminator is sure? Balance is 0.5 where it cannot tell "
    "real from made, 1 where it always can. A sample is good within three standard deviations of a mode; read modes "
    "found, good samples and KL together. Ratio D : G is how many steps the discriminator takes for one of the "
    "generator. The same seed repeats the same run."
)

_PAGE = """\
<section class="gan-lab" id="{identity}" aria-label="Train a GAN on points of the plane">
<noscript><p>This trainer needs JavaScript.</p></noscript>
<div class="gan-controls">
<label>Data {data}</label>
<label>Objective {objective}</label>
<label>Ratio D : G {turns}</label>
<label>Seed <input type="number" data-part="seed" min="0" max="999" step="1" value="1" disabled></label>
</div>
<div class="gan-buttons">
<button type="button" class="first" data-part="start" disabled>Start</button>
<button type="button" data-part="one" disabled>One step</button>
<button type="button" data-part="hundred" disabled>100 steps</button>
<button type="button" data-part="reset" disabled>Start over</button>
</div>
<div class="gan-own" hidden>
<span>Draw with pointer or finger; by keyboard with arrows and Enter.</span>
<button type="button" data-part="undo" disabled>Undo point</button>
<button type="button" data-part="clear" disabled>Clear</button>
</div>
<div class="gan-stage">
<div class="gan-picture">
<canvas width="400" height="400" role="img" aria-label="{picture}"
 data-picture="{picture}" data-drawing="{drawing}"></canvas>
<ul class="gan-legend">
<li><span class="gan-ring"></span>real point</li>
<li><span class="gan-dot"></span>sample</li>
<li><span class="gan-line"></span>its pull</li>
<li><span data-part="low"></span><span class="gan-bar"></span><span data-part="high"></span></li>
</ul>
</div>
<dl class="gan-numbers">
{numbers}
</dl>
</div>
<p class="gan-state" data-part="state" role="status" aria-live="polite"></p>
<p class="gan-caption">{caption}</p>
</section>
"""


class gan_lab(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils has no types
    """The trainer; its ``identity`` is its place on the page."""


class GanLab(SphinxDirective):
    """``{gan-lab}``: the trainer, without options. The first on a page is its anchor ``#gan-lab``."""

    def run(self) -> list[nodes.Node]:
        """Return the node."""
        number = self.env.new_serialno("gan-lab")
        return [gan_lab("", identity=f"gan-lab-{number + 1}" if number else "gan-lab")]


def page_html(identity: str) -> str:
    """The trainer as HTML: every control is off until the script turns it on."""
    numbers = "\n".join(
        f'<div><dt>{title}</dt><dd data-part="{name}">&nbsp;</dd></div>' for name, title in NUMBERS.items()
    )
    return _PAGE.format(
        identity=identity,
        data=_menu("data", DATA, "grid"),
        objective=_menu("objective", OBJECTIVES, "non_saturating"),
        turns=_menu("turns", TURNS, "0"),
        picture=PICTURE,
        drawing=DRAWING,
        numbers=numbers,
        caption=CAPTION,
    )


def setup(app: Sphinx) -> None:
    """Register directive and node; builders other than HTML show the words."""
    app.add_directive("gan-lab", GanLab)
    app.add_node(gan_lab, html=(_visit, None), latex=(_visit_text, None), text=(_visit_text, None))
    app.connect("html-page-context", _load, priority=100)


def _menu(name: str, entries: dict[str, str], chosen: str) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{title}</option>'
        for value, title in entries.items()
    )
    # Without autocomplete="off" a browser may bring back an earlier choice when the page is loaded again.
    return f'<select data-part="{name}" autocomplete="off" disabled>{options}</select>'


def _visit(translator: Any, node: gan_lab) -> None:
    translator.body.append(page_html(node["identity"]))
    raise nodes.SkipNode


def _visit_text(translator: Any, node: gan_lab) -> None:
    translator.body.append(CAPTION)
    raise nodes.SkipNode


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if 'class="gan-lab"' not in context.get("body", ""):
        return
    app.add_css_file(STYLE, priority=910)
    for number, script in enumerate(SCRIPTS):
        app.add_js_file(script, priority=610 + number, defer="defer")
