"""What a method does, drawn: a flowchart as SVG, for the width of a phone, in the colors of whatever page it is on."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise, product

from medfuse_course.methods.catalogue import get_method
from medfuse_course.methods.flow import BUS, Cell, Flow, Link, Step, flow_of

WIDTH = 344
"""Of the drawing; a page shows it up to a quarter larger."""

TITLE, NOTE = 13, 12
"""Sizes of type, in the units of `WIDTH`: pixels on a phone."""

LINE = {TITLE: 17, NOTE: 15}
LETTER = {TITLE: 8.0, NOTE: 6.7}
SLANTED = 6.2
"""Room for a line and for a letter; fonts differ, so it is ample."""

PLAIN, LEARNED, CHOICE = "#7a8694", "#b65fa0", "#d28a00"
"""Borders; faces are a tint of them, so that they suit light and dark paper."""

SOURCES = {"a": "#3d84b8", "b": "#d9822b", "f": "#2f9e77"}

ARROW, LABELED, INSET, CUT = 18, 31, 4, 9
"""Heights of an arrow, without and with words; room beside a box; what is cut off the corners of a choice."""

KINDS = {
    "fixed": (PLAIN, False, "fixed step"),
    "learned": (LEARNED, False, "learned"),
    "choice": (CHOICE, True, "here the sources meet"),
    "learned choice": (LEARNED, True, "learned, and here the sources meet"),
}
"""Color, cut corners, and what the legend says."""


@dataclass(frozen=True)
class Flowchart:
    """A drawing that a notebook shows by itself.

    Attributes
    ----------
    svg
        The drawing; text is text.
    alt
        The same in words.
    """

    svg: str
    alt: str

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return self.svg

    def __str__(self) -> str:
        return self.alt


@dataclass(frozen=True)
class _Box:
    """One cell of the drawing."""

    letter: str
    step: Step
    x: float
    width: float
    lines: tuple[tuple[str, int], ...]

    @property
    def height(self) -> int:
        return sum(LINE[size] for _, size in self.lines) + 10


def flowchart(slug: str) -> Flowchart:
    """Draw the steps of a method with its default options, from the sources down to the result.

    Boxes with cut corners are where the sources meet; what is learned has a color of its own; what happens in training
    only stands in a dashed frame.

    Parameters
    ----------
    slug
        Its name. Learned methods need PyTorch.

    Returns
    -------
    The drawing, shown by a notebook as it is; ``str`` gives it in words.

    Examples
    --------
    >>> from medfuse_course.plots import flowchart
    >>> drawing = flowchart("average")
    >>> [sentence.split(" (")[0] for sentence in str(drawing).split(". ")]
    ['Flowchart of Average', '1', 'weighted mean', '2', 'fused image; from weighted mean.']
    >>> drawing.svg.startswith("<svg")
    True
    """
    flow, title = flow_of(slug), get_method(slug).title
    alt = describe(flow, title)
    return Flowchart(_draw(flow, alt), alt)


def describe(flow: Flow, title: str) -> str:
    """A flow in words, step by step: the text alternative of its drawing."""
    said, joined = [], flow.joined()
    for letter, step in flow.in_order().items():
        before = [other.title for name, other in flow.in_order().items() if (name, letter) in joined]
        if not before:
            continue
        what = f" ({'; '.join(step.note.splitlines())})" if step.note else ""
        kind = f", {KINDS[_kind(step)][2]}" if step.chooses or step.learned else ""
        said.append(f"{step.title}{what}{kind}; from {' and '.join(before)}.")
    words = [f"Flowchart of {title}.", *(f"{number}. {text}" for number, text in enumerate(said, 1))]
    return " ".join(words + (["In training only:", *_training_lines(flow)] if flow.training else []))


def _kind(step: Step) -> str:
    if step.chooses:
        return "learned choice" if step.learned else "choice"
    return "learned" if step.learned else "fixed"


def _training_lines(flow: Flow) -> list[str]:
    if flow.training is None:
        return []
    terms: dict[tuple[str, ...], list[str]] = {}
    for phase, names in flow.training.phases.items():
        terms.setdefault(names, []).append(phase)
    losses = [f"Loss ({', '.join(phases)}): {' + '.join(names)}." for names, phases in terms.items()]
    return [f"Sees {flow.training.sees}.", f"Judges {flow.training.judges}.", *losses]


def _draw(flow: Flow, alt: str) -> str:
    """Rows from the top; every arrow is a straight line down."""
    made, arrows, y, spans = [], [], 4.0, []
    links = list(flow.links())
    for number, cells in enumerate(flow.cells()):
        boxes = [_box(flow, cell) for cell in cells if cell.letter != BUS and not cell.passes]
        height = max((box.height for box in boxes), default=3)
        made += [_shape(box, y, height) for box in boxes]
        if cells[0].letter == BUS:
            made.append(f'<rect x="{INSET}" y="{y:g}" width="{WIDTH - 2 * INSET}" height="3" fill="{PLAIN}"/>')
        arrows += [f"M{WIDTH * cell.middle:.1f} {y:g}v{height:g}" for cell in cells if cell.passes]
        spans.append((y, y + height))
        labels = [_label(flow, link) for link in links if link.row == number]
        y += height + (LABELED if any(labels) else ARROW)
    arrows += [_arrow(link, spans) for link in links]
    made.append(_labels(flow, links, spans))
    bottom = spans[-1][1] + 12
    made_training, bottom = _training(flow, bottom)
    legend, bottom = _legend(flow, bottom)
    lines = f'<path d="{"".join(arrows)}" fill="none" stroke="currentColor" stroke-opacity=".65" stroke-width="1.4"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" class="flowchart" '
        f'viewBox="0 0 {WIDTH} {bottom:g}" style="display:block;width:100%;max-width:{WIDTH * 1.25:g}px;height:auto;'
        f'margin:0 auto" font-family="system-ui,sans-serif" font-size="{NOTE}" fill="currentColor">'
        f"{lines}{''.join(made)}{made_training}{legend}</svg>"
    )


def _box(flow: Flow, cell: Cell) -> _Box:
    step, width = flow.steps[cell.letter], WIDTH * (cell.right - cell.left) - 2 * INSET
    room = width - 12 - (CUT if step.chooses else 0)
    lines = [(line, TITLE) for line in textwrap.wrap(step.title, int(room / LETTER[TITLE]))]
    notes = step.note.split("\n")
    lines += [(line, NOTE) for note in notes for line in textwrap.wrap(note, int(room / LETTER[NOTE]))]
    return _Box(cell.letter, step, WIDTH * cell.left + INSET, width, tuple(lines))


def _shape(box: _Box, y: float, height: float) -> str:
    color, cut, _ = KINDS[_kind(box.step)]
    color, x, w, h = SOURCES.get(box.letter, color), box.x, box.width, height
    style = _style(color, cut)
    if cut:
        c, across, down = CUT, f"{w - 2 * CUT:.1f}", f"{h - 2 * CUT:g}"
        outline = f"M{x + c:.1f} {y:g}h{across}l{c} {c}v{down}l-{c} {c}h-{across}l-{c}-{c}v-{down}z"
        shape = f'<path d="{outline}" {style}/>'
    else:
        round_ = h / 2 if box.letter in SOURCES else 4
        shape = f'<rect x="{x:.1f}" y="{y:g}" width="{w:.1f}" height="{h:g}" rx="{round_:g}" {style}/>'
    # A search's highlighter marks words in SVG by their box, which a tooltip has not.
    hint = f'<title class="nohighlight">{escape(box.step.code)}</title>' if box.step.code else ""
    top = y + (height - box.height) / 2 + 5
    return f"<g>{hint}{shape}{_text(box.lines, x + w / 2, top)}</g>"


def _style(color: str, cut: bool) -> str:
    return f'fill="{color}" fill-opacity=".14" stroke="{color}" stroke-width="{2.2 if cut else 1.3}"'


def _text(lines: tuple[tuple[str, int], ...], x: float, top: float) -> str:
    made = []
    for line, size in lines:
        weight = f' font-size="{size}" font-weight="600"' if size == TITLE else ""
        made.append(f'<text x="{x:.1f}" y="{top + LINE[size] - 4:g}"{weight}>{escape(line)}</text>')
        top += LINE[size]
    return f'<g text-anchor="middle">{"".join(made)}</g>'


def _arrow(link: Link, spans: list[tuple[float, float]]) -> str:
    """A line with a head, without one where it goes on."""
    head = "" if link.below.passes or link.below.letter == BUS else "m-4-6l4 6l4-6"
    return f"M{WIDTH * link.x:.1f} {spans[link.row][1]:g}V{spans[link.row + 1][0]:g}{head}"


def _label(flow: Flow, link: Link) -> str:
    """What an arrow carries: as the step that takes it says, or the one that gives it; only where it arrives."""
    if link.below.passes or link.below.letter == BUS:
        return ""
    takes = "" if link.above.passes else flow.steps[link.below.letter].takes
    gives = flow.steps[link.above.letter].gives if link.row and link.above.letter != BUS else ""
    return takes or gives


def _labels(flow: Flow, links: list[Link], spans: list[tuple[float, float]]) -> str:
    """Beside each arrow what it carries, where it meets neither other words nor another arrow."""
    made = []
    for row in range(len(spans) - 1):
        here = [link for link in links if link.row == row]
        y = (spans[row][1] + spans[row + 1][0]) / 2 + 3
        chosen = min(product(*_choices(flow, here)), key=lambda places: _clutter(places, [link.x for link in here]))
        made += [f'<text x="{place.x:.1f}" y="{y:g}">{escape(place.words)}</text>' for place in chosen if place.words]
    return f'<g font-style="italic">{"".join(made)}</g>'


@dataclass(frozen=True)
class _Place:
    """Where words beside an arrow may stand, and how much less that is liked than at its right."""

    words: str
    x: float
    dislike: int

    @property
    def end(self) -> float:
        return self.x + SLANTED * len(self.words)


def _choices(flow: Flow, links: list[Link]) -> Iterator[list[_Place]]:
    """For each of the arrows of a row: its words at its right or left; less, where another arrow has said them."""
    said: set[str] = set()
    for link in links:
        words = _label(flow, link)
        twins = [other.x for other in links if other[:3] == link[:3]]
        letter = " AB"[1 + (link.x > min(twins))] if words and len(twins) == 2 else ""
        texts = [f"{words} {letter}".strip()] + [letter] * (words in said)
        said.add(words)
        yield [
            _Place(text, x, dislike + 3 * number)
            for number, text in enumerate(texts)
            for x, dislike in ((WIDTH * link.x + 7, 0), (WIDTH * link.x - 7 - SLANTED * len(text), 1))
        ]


def _clutter(places: tuple[_Place, ...], arrows: list[float]) -> int:
    """How much words meet the border, each other and arrows."""
    shown = sorted((place for place in places if place.words), key=lambda place: place.x)
    outside = sum(place.x < INSET or place.end > WIDTH - INSET for place in shown)
    touching = sum(after.x < before.end + 4 for before, after in pairwise(shown))
    crossed = sum(place.x < WIDTH * x < place.end for place in shown for x in arrows)
    return sum(place.dislike for place in places) + 20 * (outside + touching) + 10 * crossed


def _training(flow: Flow, y: float) -> tuple[str, float]:
    """The dashed frame, and where it ends."""
    if flow.training is None:
        return "", y
    room = int((WIDTH - 24) / LETTER[NOTE])
    lines = [line for text in _training_lines(flow) for line in textwrap.wrap(text, room, subsequent_indent="   ")]
    height = LINE[TITLE] + LINE[NOTE] * len(lines) + 10
    texts = "".join(
        f'<text x="14" y="{y + LINE[TITLE] + LINE[NOTE] * number + 14:g}" xml:space="preserve">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<rect x="{INSET}" y="{y:g}" width="{WIDTH - 2 * INSET}" height="{height}" rx="4" fill="none" '
        f'stroke="{LEARNED}" stroke-dasharray="5 4"/>'
        f'<text x="14" y="{y + 17:g}" font-weight="600">In training only</text>{texts}'
    ), y + height + 10


def _legend(flow: Flow, y: float) -> tuple[str, float]:
    """One entry for each kind that the drawing has."""
    present = {_kind(step) for letter, step in flow.in_order().items() if letter not in SOURCES}
    made, x = [], float(INSET)
    for kind, (color, cut, words) in KINDS.items():
        if kind not in present:
            continue
        width = 20 + len(words) * LETTER[NOTE]
        if x + width > WIDTH:
            x, y = float(INSET), y + LINE[NOTE]
        corner = f"M{x + 3:.1f} {y + 2:g}h6l3 3v4l-3 3h-6l-3-3v-4z" if cut else f"M{x:.1f} {y + 2:g}h12v10h-12z"
        made.append(f'<path d="{corner}" {_style(color, cut)}/><text x="{x + 17:.1f}" y="{y + 11:g}">{words}</text>')
        x += width + 8
    return "".join(made), y + LINE[NOTE] + 4
