"""The two pictures that a reader wipes over each other: a method, and any other of its task.

The pictures lie where `Scene.file` says, so that the lists alone say what can be chosen: ``static/gallery.js`` swaps
the addresses, with no kernel and no server. Without the script both halves of the first choice are still there.
"""

import html
from collections.abc import Iterable, Sequence

from medfuse_course.methods import Method, list_methods
from medfuse_course.publishing.gallery.scenes import Scene, given_name
from medfuse_course.publishing.method_links import FAMILIES
from medfuse_course.publishing.pictures import FOLDER

_HTML = """
<div class="swipe" data-method="{slug}">
<div class="swipe-bar">
<label>Compare with <select data-part="other" autocomplete="off" disabled>{others}</select></label>
{scenes}
<label>Show <select data-part="mode" autocomplete="off" disabled><option value="swipe">one beside the other</option>
<option value="difference">how much they differ, four times</option></select></label>
</div>
<div class="swipe-stage">
<img data-part="first" src="{first}" alt="{title}, on the left of the border" width="{width}" height="{height}">
<img data-part="second" src="{second}" alt="{other}, on the right of the border" width="{width}" height="{height}">
<span class="swipe-name" aria-hidden="true">{title}</span>
<span class="swipe-name" aria-hidden="true" data-part="name">{other}</span>
</div>
<label class="swipe-place">Border <input type="range" data-part="place" min="0" max="100" value="50" autocomplete="off"
disabled aria-label="Border between {title} and the other picture"></label>
</div>
"""


def swipe_html(method: Method, scenes: Sequence[Scene], up: str) -> str:
    """The comparison of a method with the others of its task.

    Parameters
    ----------
    method
        Whose page it is.
    scenes
        Of its task.
    up
        From the page to the root of the site: ``"../../../"``.

    Returns
    -------
    HTML whose controls are off until the script turns them on.
    """
    others = [other for other in list_methods(method.task) if other.slug != method.slug]
    first, scene = others[0], scenes[0]
    image = next(iter(scene.given.values()))
    return _HTML.format(
        others=_given(scene) + "".join(_family(family, others, first.slug) for family in FAMILIES),
        scenes=_scenes(scenes, up),
        slug=method.slug,
        title=html.escape(method.title),
        other=html.escape(first.title),
        first=f"{up}{FOLDER}/{scene.file(method.slug)}",
        second=f"{up}{FOLDER}/{scene.file(first.slug)}",
        height=image.shape[0],
        width=image.shape[1],
    )


def _scenes(scenes: Sequence[Scene], up: str) -> str:
    """The list of images; each knows where its pictures lie, and what its sources are called."""
    options = "".join(
        f'<option value="{up}{FOLDER}/{scene.folder}/" data-given="{html.escape("|".join(scene.given), quote=True)}">'
        f"{html.escape(scene.title)}</option>"
        for scene in scenes
    )
    hidden = " hidden" if len(scenes) == 1 else ""
    return f'<label{hidden}>Images <select data-part="scene" autocomplete="off" disabled>{options}</select></label>'


def _given(scene: Scene) -> str:
    """What goes in, and the truth: a choice by position, since its name differs between scenes."""
    return _group("What goes in", ((given_name(number), name) for number, name in enumerate(scene.given)), "")


def _family(family: str, others: Iterable[Method], chosen: str) -> str:
    return _group(FAMILIES[family], ((m.slug, m.title) for m in others if m.family == family), chosen)


def _group(title: str, entries: Iterable[tuple[str, str]], chosen: str) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{html.escape(name)}</option>'
        for value, name in entries
    )
    return f'<optgroup label="{html.escape(title)}">{options}</optgroup>' if options else ""
