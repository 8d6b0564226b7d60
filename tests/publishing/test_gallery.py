"""The gallery: a card and a page for every method, with its own picture, any other to compare with, and its failure."""

import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("sphinx")

from docutils import nodes
from docutils.utils import new_document

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.checks import to_uint8
from medfuse_course.datasets import load_pair
from medfuse_course.datasets.catalogue import PAIRS
from medfuse_course.methods import TASKS, fuse, get_method, list_methods
from medfuse_course.metrics import evaluate
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.gallery.cards import task_nodes
from medfuse_course.publishing.gallery.edges import LOST, MADE_UP, marked, wrong_edges
from medfuse_course.publishing.gallery.failures import failure_of
from medfuse_course.publishing.gallery.numbers import SHIPPED, number_nodes, places_of
from medfuse_course.publishing.gallery.scenes import CUTS, scenes_of
from medfuse_course.publishing.gallery.swipe import swipe_html
from medfuse_course.publishing.pictures import picture
from tests.house import ROOT

FUSION = TASKS["fusion"]


@pytest.mark.parametrize("task", [task for task in TASKS.values() if task.slug != "fusion"], ids=str)
def test_a_task_shows_its_inputs_its_truth_and_its_methods(task):
    title, words, sources, cards = task_nodes(task)
    assert title.astext() == task.title
    assert task.inputs in words.astext()
    count = 2 if task.slug == "segmentation" else 1
    assert len(list(sources.findall(picture))) == count + 1
    assert sources.astext().split()[-1] == "truth"
    calls = [node.astext() for node in cards.findall(nodes.literal)]
    assert calls == [task.call(method.slug) for method in list_methods(task)]
    pictures = [*sources.findall(picture), *cards.findall(picture)]
    assert len({node["data"] for node in pictures}) == len(pictures)
    assert len({node["file"] for node in pictures}) == len(pictures)


def test_nothing_but_phantoms_is_shown():
    assert all(PAIRS[name].needs == "nothing" for name in CUTS)


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_holds_the_whole_body(name):
    pair = load_pair(name, lesions=2)
    outside = np.ones(pair.a.shape, bool)
    outside[CUTS[name]] = False
    assert pair.truth.labels[outside].max() == 0
    assert pair.truth.lesions[CUTS[name]].any()


@pytest.mark.parametrize("slug", ["average", "laplacian_pyramid", "ihs"])
def test_a_picture_is_what_fuse_gives_to_the_last_bit(slug):
    for scene, (name, cut) in zip(scenes_of(FUSION), CUTS.items(), strict=True):
        pair = load_pair(name, lesions=2)
        b = pair.b if pair.modalities[1] == "CT" else apply_table(pair.b, "hot")
        shown = scene.method_picture(get_method(slug))
        fused = to_uint8(fuse(np.ascontiguousarray(pair.a[cut]), np.ascontiguousarray(b[cut]), slug))
        pixels = np.asarray(Image.open(io.BytesIO(shown["data"])))  # WebP has three channels always
        assert np.array_equal(pixels, fused if fused.ndim == 3 else np.stack([fused] * 3, axis=-1))
        assert get_method(slug).title in shown["alt"] and shown["file"].endswith(f"/{slug}.webp")


def test_a_page_compares_with_every_other_method_of_its_task_and_with_what_goes_in():
    for method in (get_method("ddfm"), get_method("average"), get_method("dicyc")):
        page = swipe_html(method, scenes_of(method.task), "../../../")
        offered = re.findall(r'<option value="([\w-]+)"', page.partition("</select>")[0])
        given = [f"given-{n}" for n in range(len(scenes_of(method.task)[0].given))]
        assert offered == [*given, *(m.slug for m in list_methods(method.task) if m != method)]
        assert re.findall(r'src="(.+?)"', page) == [
            f"../../../_images/{scenes_of(method.task)[0].file(slug)}" for slug in (method.slug, offered[len(given)])
        ]


def test_a_line_that_is_left_out_is_lost_and_one_that_is_added_is_made_up():
    a, b, f = np.zeros((3, 48, 48), np.float32)
    a[20:, :] = 0.8  # in one source and in no other picture
    b[:, 20:] = 0.8  # in both
    f[:, 20:] = 0.8
    f[40:, :] += 0.2  # in no source
    lost, made_up = wrong_edges(f, a, b)
    rows, columns = np.nonzero(lost)
    assert set(rows) <= {19, 20} and columns.max() == 47 and len(rows) > 40
    assert set(np.nonzero(made_up)[0]) <= {39, 40} and made_up.any()
    shown = marked(f, lost, made_up)
    assert np.allclose(shown[lost], LOST) and np.allclose(shown[made_up], MADE_UP)
    assert np.allclose(shown[0, 30], 0.8 * 0.45)


@pytest.mark.parametrize("slug", ["average", "ihs"])
def test_the_edges_in_color_are_those_that_the_metrics_count(slug):
    """Shares of strong edges: where a share is known, so is what it is a share of."""
    scene = scenes_of(FUSION)[0]
    f, (a, b) = scene.result(slug), scene.given.values()
    rates = evaluate(f, a, b, ["missed_edges", "hallucinated_edges"])
    every = [wrong_edges(np.zeros_like(a), a, b)[0].sum(), wrong_edges(f, np.zeros_like(a), np.zeros_like(a))[1].sum()]
    counts = [mask.sum() for mask in wrong_edges(f, a, b)]
    assert [count / whole for count, whole in zip(counts, every, strict=True)] == pytest.approx([*rates.values()])


def chapter(*content):
    """A document with the section of a method, and the environment of a book that has it."""
    document = new_document("page")
    document += nodes.section("", nodes.title("", "X"), *content, ids=["x"])
    domains = {"std": {"anonlabels": {"method-x": ("chapters/p", "x"), "method-y": ("chapters/p", "y")}}}
    return SimpleNamespace(domaindata=domains, get_doctree=lambda name: document)


def bold():
    return nodes.strong("", "How it fails.")


def test_the_words_of_the_chapter_are_found():
    before = nodes.paragraph("", "It is good.")
    said = nodes.paragraph("", "", nodes.Text("Where from. "), bold(), nodes.Text(" Badly."))
    points = nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "one way")))
    found = failure_of(chapter(before, said, points, nodes.paragraph("", "More.")), "x")
    assert [node.astext().strip() for node in found] == ["Badly.", "one way"]
    assert said.parent is not None


def test_a_section_of_its_own_is_quoted_up_to_its_first_cell():
    own = nodes.section("", nodes.title("", "How it fails"), nodes.paragraph("", "So."), nodes.container(), ids=["h"])
    own += nodes.paragraph("", "After the cell.")
    assert [node.astext() for node in failure_of(chapter(own), "x")] == ["So."]


def test_the_failure_of_the_next_method_is_not_quoted():
    other = nodes.section("", nodes.paragraph("", "", bold(), nodes.Text(" Not x.")), ids=["y"])
    assert failure_of(chapter(nodes.paragraph("", "Nothing."), other), "x") == []
    assert failure_of(chapter(), "nobody") == []


def test_every_method_of_fusion_has_its_numbers():
    on_patients = {"maximum", "laplacian_pyramid", "nsst"} | {m.slug for m in list_methods("fusion") if m.network}
    for method in list_methods("fusion"):
        shown = number_nodes(method)
        titles = [node.astext() for node in shown if isinstance(node, nodes.rubric)]
        assert titles == ["Phantoms", "Patients"][: 1 + (method.slug in on_patients)], method.slug
        tables = [node for node in shown if isinstance(node, nodes.table)]
        places = [[n.astext() for n in table.findall(nodes.inline) if "place" in n["classes"]] for table in tables]
        assert len(places[0]) == 4 * 6 and all(re.fullmatch(r"\d+ of \d+", place) for place in places[0]), method.slug
        assert places[1:] in ([], [[]])  # of so few patients nobody is first


def test_the_best_mean_has_the_first_place_and_the_others_follow():
    summary = SHIPPED["fusion"][0].summary()
    pair = summary.pairs[0]
    for known in (METRICS[name] for name in ("qabf", "missed_edges", "lesion_contrast_recovery")):
        places = places_of(SHIPPED["fusion"][0], pair, known.slug)
        assert {s for s in places if summary.of(pair, s, known.slug).best} == {s for s in places if places[s][0] == 1}
        assert places.keys() == set(summary.methods) and {of for _, of in places.values()} == {len(places)}
        far = {"higher": lambda x: -x, "lower": lambda x: x, "one": lambda x: abs(x - 1)}[known.direction]
        order = sorted(places, key=lambda slug: far(summary.mean(pair, slug, known.slug)))
        assert [places[slug][0] for slug in order] == sorted(place for place, _ in places.values())


def test_the_pages_show_the_columns_of_the_leaderboard():
    page = (ROOT / "chapters/atlas/leaderboard.md").read_text(encoding="utf8")
    columns = re.findall(r"```\{leaderboard\} (.+)\n:metrics: (.+)\n```", page)
    for shipped in SHIPPED["fusion"]:
        files = " ".join(f"benchmark/{name}.csv" for name in shipped.files)
        assert (files, " ".join(shipped.metrics)) in columns


def test_a_method_that_no_table_holds_shows_none():
    assert number_nodes(get_method("short_frame_unet")) == []
    assert "by dose" in number_nodes(get_method("lowdose_gan"))[0].astext()
