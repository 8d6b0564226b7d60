"""Flowcharts are drawings with words: small, whole, and the same in their text alternative."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.methods import list_methods
from medfuse_course.methods.flow import Flow, Step, Training, flow_of
from medfuse_course.plots import flowchart
from medfuse_course.plots.flowcharts import WIDTH, describe
from tests.methods.every_method import marks

SVG = "{http://www.w3.org/2000/svg}"
every = pytest.mark.parametrize("slug", [pytest.param(m.slug, marks=marks(m)) for m in list_methods()])


def _texts(svg):
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))


@every
def test_a_chart_is_a_small_drawing_with_an_alternative(slug):
    chart = flowchart(slug)
    drawing = ElementTree.fromstring(chart.svg)
    assert len(chart.svg.encode()) < 10_000
    assert drawing.get("role") == "img" and drawing.get("aria-label") == chart.alt == str(chart)
    assert "{" not in chart.svg, "an option was not filled in"
    assert chart._repr_html_() == chart.svg


@every
def test_every_word_of_a_step_is_drawn_and_said(slug):
    chart, flow = flowchart(slug), flow_of(slug)
    drawn = " ".join(text.text for text in _texts(chart.svg))
    for letter, step in flow.in_order().items():
        assert step.title in drawn
        assert all(line in drawn for line in step.note.splitlines())
        assert letter in "ab" or step.title in chart.alt


@every
def test_boxes_of_a_row_do_not_overlap_and_arrows_stay_inside(slug):
    drawing = ElementTree.fromstring(flowchart(slug).svg)
    boxes = [{k: float(r.get(k)) for k in ("x", "y", "width", "height")} for r in drawing.iter(f"{SVG}rect")]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= WIDTH for box in boxes)
    for one in boxes:
        for other in boxes:
            apart = one is other or one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]


@every
def test_what_arrows_carry_stays_inside_and_apart(slug):
    group = next(g for g in ElementTree.fromstring(flowchart(slug).svg).iter(f"{SVG}g") if g.get("font-style"))
    spans = []
    for text in group:
        x, wide = float(text.get("x")), 6.1 * len(text.text)  # pixels of a letter in Chromium
        spans.append((text.get("y"), x, x + wide, text.text))
        assert x >= 0 and x + wide <= WIDTH, text.text
    for (y, _, end, words), (other, left, *_) in pairwise(sorted(spans)):
        assert y != other or end <= left, words


def test_words_say_what_comes_from_where_and_what_is_for_training_only():
    steps = {"e": Step("encoder", "small", parts=("",)), "r": Step("mean", chooses=True)}
    flow = Flow("ab ee r f", steps, Training("single images", "the image", {"one": ("mse", "ssim"), "two": ("mse",)}))
    assert describe(flow, "Example") == (
        "Flowchart of Example. 1. encoder (small), learned; from source A and source B. "
        "2. mean, here the sources meet; from encoder. 3. fused image; from mean. "
        "In training only: Sees single images. Judges the image. Loss (one): mse + ssim. Loss (two): mse."
    )


def test_an_unknown_method_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'nsct'"):
        flowchart("nsctt")
