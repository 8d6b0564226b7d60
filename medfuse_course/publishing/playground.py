"""The directive ``{playground}``: a reader fuses two images in the page itself, offline; nothing leaves the browser.

Here stand the words and the controls. What they do is in ``static/playground/``, which only pages with the directive
load; phantoms, runtime and networks (`playground_files`) are loaded when a reader asks for them.
"""

import hashlib
import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from medfuse_course.datasets.intensity import DEFAULT_WINDOW, HU_PRESETS
from medfuse_course.datasets.volume import Plane
from medfuse_course.methods import get_method
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.playground_files import (
    FOLDER,
    LICENSES,
    NETWORKS,
    PHANTOMS,
    VENDORED,
    data_scripts,
)

SCRIPTS = tuple(
    f"{FOLDER}/{name}.js"
    for name in (
        "bytes",
        "orientation",
        "png",
        "windows",
        "nifti",
        "files",
        "fusion",
        "metrics",
        "networks",
        "draw",
        "page",
    )
)
STYLE = f"{FOLDER}/playground.css"

CLASSICAL = ("average", "maximum", "laplacian_pyramid")
"""Methods that are written again for the page, in ``static/playground/fusion.js``."""

SHOWN = ("mi", "qabf", "ssim")
MOST = 20_000_000
"""Bytes that the page may load, everything chosen once."""

_SIZE = "[playground size]"  # replaced when the files are there, as are the addresses of the licenses
_FOLDER = "[playground folder]"
_WINDOWS = (DEFAULT_WINDOW, *(f"hu:{name}" for name in HU_PRESETS), "suv:0-10", "suv:0-5", "range:0,1000")

WORDS = "Two images are fused here in the reader's own browser; this needs the HTML page."

_PAGE = """\
<section class="play" id="{identity}" aria-label="Fuse two images in this page" data-facts="{facts}">
<noscript><p>The playground needs JavaScript.</p></noscript>
<div class="play-controls">
<label>Images <select data-part="images" autocomplete="off" disabled>{images}</select></label>
<label>Method <select data-part="method" autocomplete="off" disabled>{methods}</select></label>
</div>
<div class="play-files">
{files}
<button type="button" data-part="swap" disabled>Swap A and B</button>
</div>
<div class="play-volume" data-part="volume" hidden>
<label>Plane <select data-part="plane" autocomplete="off" disabled>{planes}</select></label>
<label>Slice <span data-part="slice-said"></span>
<input type="range" data-part="slice" min="0" max="0" step="1" value="0" disabled></label>
<label>Window of A <input type="text" data-part="window-a" list="{identity}-windows" value="{window}" autocomplete="off"
 spellcheck="false" disabled><span data-part="limits-a"></span></label>
<label>Window of B <input type="text" data-part="window-b" list="{identity}-windows" value="{window}" autocomplete="off"
 spellcheck="false" disabled><span data-part="limits-b"></span></label>
<datalist id="{identity}-windows">{windows}</datalist>
</div>
<p class="play-state" data-part="state" role="status" aria-live="polite"></p>
<p class="play-fault" data-part="fault" role="alert" hidden></p>
<p class="play-fault" data-part="note" role="note" hidden></p>
<div class="play-results empty" data-part="results">
<div class="play-panels">
{panels}
</div>
<div class="play-bottom">
<div class="play-side">
<figure class="play-panel"><canvas data-canvas="compare" width="256" height="256" role="img"
 aria-label="Comparison"></canvas><figcaption data-part="said-compare"></figcaption></figure>
<dl class="play-numbers">
{numbers}
<div><dt>Time of the method</dt><dd data-part="time">—</dd></div>
</dl>
</div>
<div class="play-side">
<label>Compare the fused image with <select data-part="source" autocomplete="off" disabled>
<option value="a">A</option><option value="b">B</option></select></label>
<label>Line between them <input type="range" data-part="swipe" min="0" max="100" step="1" value="50" autocomplete="off"
 disabled></label>
<button type="button" data-part="blink" disabled>Blink</button>
<label>Difference from <select data-part="difference" autocomplete="off" disabled>
<option value="a">A</option><option value="b">B</option></select></label>
<div class="play-save"><label>PNG of <select data-part="bits" autocomplete="off" disabled>
<option value="8">8 bits</option><option value="16">16 bits</option></select></label>
<button type="button" class="first" data-part="save" disabled>Save the fused image</button></div>
</div>
</div>
</div>
<p class="play-caption">{size} Networks run through ONNX Runtime, by Microsoft, under the MIT license
(<a href="{folder}/onnxruntime-LICENSE">license</a>,
<a href="{folder}/onnxruntime-ThirdPartyNotices.txt">notices of what it contains</a>).</p>
</section>
"""


class playground(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils has no types
    """The playground; its ``identity`` is its place on the page."""


class Playground(SphinxDirective):
    """``{playground}``, without options; once on a page."""

    def run(self) -> list[nodes.Node]:
        """Return the node."""
        return [playground("", identity="playground")]


def page_html(identity: str) -> str:
    """The playground as HTML: every control is off until the script turns it on. Says where its data lie."""
    panels = {"a": "A", "b": "B", "fused": "Fused", "difference": "Difference"}
    return _PAGE.format(
        identity=identity,
        facts=html.escape(json.dumps(_facts()), quote=True),
        images=_options((*((p.name, p.title) for p in PHANTOMS), ("own", "Your own files"))),
        methods=f'<optgroup label="Classical">{_options(_titles(CLASSICAL), chosen=CLASSICAL[-1])}</optgroup>'
        f'<optgroup label="Networks (loaded when chosen)">{_options(_titles(NETWORKS))}</optgroup>',
        files="\n".join(_file(identity, *side) for side in (("a", "A: anatomy"), ("b", "B: the other one"))),
        planes=_options((name, name.capitalize()) for name in get_args(Plane)),
        window=DEFAULT_WINDOW,
        windows="".join(f'<option value="{text}"></option>' for text in _WINDOWS),
        panels="\n".join(_panel(*panel) for panel in panels.items()),
        numbers="\n".join(_number(slug) for slug in SHOWN),
        size=_SIZE,
        folder=_FOLDER,
    )


def setup(app: Sphinx) -> None:
    """Register directive and node; builders other than HTML show words."""
    app.add_directive("playground", Playground)
    app.add_node(playground, html=(_visit, None), latex=(_visit_text, None), text=(_visit_text, None))
    app.connect("config-inited", _keep_packed)
    app.connect("html-page-context", _load, priority=100)


def size_words(written: Iterable[Path], folder: Path) -> str:
    """What the page weighs, in words, of the files that lie in the folder of the site's static files."""
    bytes_of = {path.name: path.stat().st_size for path in written}
    first = sum((folder / name).stat().st_size for name in (*SCRIPTS, STYLE)) + bytes_of[f"{PHANTOMS[0].name}.js"]
    runtime, networks = bytes_of["runtime.js"], sum(bytes_of[f"{slug}.js"] for slug in NETWORKS)
    total = first + sum(bytes_of.values()) - bytes_of[f"{PHANTOMS[0].name}.js"]
    if total > MOST:
        raise ValueError(
            f"playground: expected at most {MOST / 1e6:.0f} MB, got {total / 1e6:.1f}; ship fewer networks"
        )
    return (
        f"Beside what each page of this book loads, the playground loads {first / 1e6:.1f} MB. The first network loads "
        f"{runtime / 1e6:.1f} MB more, the runtime for all of them; the {len(NETWORKS)} networks together "
        f"{networks / 1e6:.1f} MB. Everything that can be chosen here weighs {total / 1e6:.1f} MB, before the server "
        "compresses it. After that nothing is loaded."
    )


def write_files(static: Path) -> list[Path]:
    """Write the data scripts and licenses into the folder of static files; returns the scripts."""
    target = static / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for name in LICENSES:
        (target / f"onnxruntime-{name}").write_bytes((VENDORED / name).read_bytes())
    written = []
    for name, text in data_scripts().items():
        path = target / f"{name}.js"
        path.write_text(text, encoding="utf8")
        written.append(path)
    return written


def _facts() -> dict[str, Any]:
    scripts = data_scripts()
    address = {name: f"{name}.js?v={hashlib.sha256(text.encode()).hexdigest()[:8]}" for name, text in scripts.items()}
    return {
        "presets": HU_PRESETS,
        "phantoms": [
            {"name": p.name, "title": p.title, "modalities": p.modalities, "url": address[p.name]} for p in PHANTOMS
        ],
        "networks": [{"slug": slug, "title": get_method(slug).title, "url": address[slug]} for slug in NETWORKS],
        "files": {"runtime": address["runtime"]},
    }


def _titles(slugs: Iterable[str]) -> list[tuple[str, str]]:
    return [(slug, get_method(slug).title) for slug in slugs]


def _options(entries: Iterable[tuple[str, str]], chosen: str = "") -> str:
    return "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{html.escape(title)}</option>'
        for value, title in entries
    )


def _file(identity: str, side: str, title: str) -> str:
    field = f"{identity}-file-{side}"
    return (
        f'<div class="play-drop" data-side="{side}"><input type="file" id="{field}" data-part="file-{side}" multiple '
        f'disabled><label for="{field}"><b>{title}</b> Choose or drop a file</label>'
        f'<span data-part="name-{side}"></span></div>'
    )


def _panel(name: str, title: str) -> str:
    return (
        f'<figure class="play-panel"><canvas data-canvas="{name}" width="256" height="256" role="img" '
        f'aria-label="{title}"></canvas><figcaption data-part="said-{name}">{title}</figcaption></figure>'
    )


def _number(slug: str) -> str:
    metric = METRICS[slug]
    name, title = metric.abbreviation, html.escape(metric.title.partition(" (")[0])
    return f'<div><dt>{name}: {title}</dt><dd data-part="{slug}" data-title="{name}">—</dd></div>'


def _visit(translator: Any, node: playground) -> None:
    translator.body.append(page_html(node["identity"]))
    raise nodes.SkipNode


def _visit_text(translator: Any, node: playground) -> None:
    translator.body.append(WORDS)
    raise nodes.SkipNode


def _keep_packed(app: Sphinx, config: Config) -> None:
    """Keep the vendored runtime out of the site: it goes there in the form in which the page takes it."""
    config.exclude_patterns = [*config.exclude_patterns, VENDORED.name]


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if 'class="play"' not in context.get("body", ""):
        return
    static = Path(app.outdir) / "_static"
    words = size_words(write_files(static), Path(__file__).parent / "static")
    folder = context["pathto"](f"_static/{FOLDER}", 1)
    context["body"] = context["body"].replace(_SIZE, words).replace(_FOLDER, folder)
    app.add_css_file(STYLE, priority=910)
    for number, script in enumerate(SCRIPTS):
        app.add_js_file(script, priority=610 + number, defer="defer")
