"""The reference: every public name has an entry with words, and chapters and entries lead to each other."""

import doctest
import importlib
import re

import pytest

from medfuse_course.methods import get_method, list_methods
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.reference.commands import commands_in, help_of
from medfuse_course.publishing.reference.docstrings import put_back, readable, set_aside
from medfuse_course.publishing.reference.methods import method_lines
from medfuse_course.publishing.reference.metrics import metric_lines
from medfuse_course.publishing.reference.names import ROOMS, ROOT, names_of, public_names, resolve, uses
from medfuse_course.publishing.reference.rooms import entry_lines
from tests.book.conftest import CHAPTERS

pytest.importorskip("torch", reason="some of the names need it")


@pytest.fixture(scope="module")
def names():
    return public_names()


def test_every_public_name_has_an_entry_and_words(names):
    for room in ROOMS:
        package = importlib.import_module(f"{ROOT}.{room}")
        for name in getattr(package, "__all__", []):
            assert f"{ROOT}.{room}.{name}" in names or type(getattr(package, name)).__name__ == "module"
    assert [full for full, name in names.items() if not name.doc] == []


def test_every_package_has_a_page_and_every_page_its_package():
    pages = {path.stem for path in (CHAPTERS / "reference").glob("*.md")}
    assert pages == {*ROOMS, "library", "command_line"}
    for room in ROOMS:
        assert f"```{{api-room}} {room}\n" in (CHAPTERS / "reference" / f"{room}.md").read_text(encoding="utf8")


EXAMPLES = {name.full: name for name in (*names_of(""), *public_names().values())}
"""Names of the root, each of which has an example, and all other names."""


@pytest.mark.parametrize("full", [full for full, name in EXAMPLES.items() if ">>>" in name.doc])
def test_an_example_gives_what_it_says(full):
    if ".deployment." in full:
        pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    name = EXAMPLES[full]
    said: list[str] = []
    for test in doctest.DocTestFinder(recurse=False).find(name.value, name.short):
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert said == []


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_every_function_has_an_example(room):
    without = [name.short for name in names_of(room) if name.kind == "function" and ">>>" not in name.doc]
    assert without == []


def test_what_a_file_keeps_in_a_cache_has_an_entry_and_what_it_hides_has_none(names):
    assert names["medfuse_course.transforms.tight_frame.dct_filters"].kind == "function"
    assert not any("._" in full for full in names)


@pytest.mark.parametrize(
    ("module", "name", "entry"),
    [
        (ROOT, "fuse", "medfuse_course.methods.fuse"),
        ("medfuse_course.color", "luma", "medfuse_course.color.luma"),
        ("medfuse_course.transforms.pyramid", "reduce", "medfuse_course.transforms.pyramid.reduce"),
        ("medfuse_course.color", "nothing", ""),
    ],
)
def test_an_import_leads_to_its_entry(module, name, entry):
    assert resolve(module, name) == entry


def test_what_a_page_imports_and_what_it_takes_from_a_module_count_as_used(tmp_path):
    page = tmp_path / "page.md"
    cell = "from medfuse_course import fuse\nfrom medfuse_course.transforms import pyramid\npyramid.reduce(x)"
    page.write_text(f"# Page\n\n```{{code-cell}} ipython3\n{cell}\n```\n", encoding="utf8")
    assert uses(page) == ("medfuse_course.methods.fuse", "medfuse_course.transforms.pyramid.reduce")


def test_a_sentence_on_what_is_returned_survives_numpydoc():
    doc = "First.\n\nReturns\n-------\nTwo\nlines: ``x``.\n\nRaises\n------\nValueError\n    No."
    aside, sentences = set_aside(doc)
    assert sentences == "Two lines: ``x``." and "Two" not in aside and aside.endswith("ValueError\n    No.")
    placeholder = re.search(r"Returns\n-------\n(.+)", aside)[1]
    assert put_back([f":returns: *{placeholder}*"], sentences) == [":returns: Two lines: ``x``."]


def test_a_list_of_what_is_returned_stays():
    doc = "First.\n\nReturns\n-------\nmean\n    The mean.\n"
    assert set_aside(doc) == (doc, "")


def test_a_constant_shows_its_value_and_its_words(names):
    text = "\n".join(entry_lines(names["medfuse_course.metrics.PRESETS"], ["chapters/foundations/judging"]))
    assert ":value: ('course', 'cddfuse', 'linfeng')" in text and "All presets." in text
    assert ":doc:`/chapters/foundations/judging`" in text


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("(a: ~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.float32]])", "(a: Image)"),
        ("~torch.Tensor | None", "Tensor | None"),
        ("~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.int64]]", "ndarray[int64]"),
        ("~medfuse_course.datasets.pair.Pair", "Pair"),
    ],
)
def test_an_annotation_is_short(long, short):
    assert readable(long) == short


def test_every_method_has_an_entry_with_its_options():
    for method in list_methods(task=None):
        lines = list(method_lines(method))
        assert lines[:2] == [f"(reference-{method.slug})=", f"### {method.title}"]
        assert f"`{method.task.call(method.slug)}`" in lines
    text = "\n".join(method_lines(get_method("laplacian_pyramid")))
    assert "| `levels` | `" in text and "<method-laplacian_pyramid>" in text and "{cite:p}`" in text
    assert "{gallery-page}`laplacian_pyramid`" in text


def test_every_metric_says_its_direction_and_its_formula():
    for metric in METRICS.values():
        text = "\n".join(metric_lines(metric))
        assert f"`{metric.slug}`. " in text and metric.abbreviation in text
        assert len(text.partition("{eval-rst}\n")[2]) > 20
    assert "sum p log2 p" in "\n".join(metric_lines(METRICS["en"]))


def test_commands_are_found_in_the_help_also_those_with_long_names():
    assert commands_in(
        "x\ncommands:\n  COMMAND\n    fuse      Fuse.\n    synthesize\n              Make.\n\nexamples:"
    ) == [
        "fuse",
        "synthesize",
    ]
    assert {"fuse", "synthesize", "doctor"} <= set(commands_in(help_of()))


def test_a_chapter_leads_to_an_entry_and_the_entry_back(trial_book, trial_page):
    entry = "../reference/exercises.html#medfuse_course.exercises.check"
    assert f'href="{entry}"' in trial_page.partition("From the library, on this page: ")[2]
    page = (trial_book / "_build/html/chapters/reference/exercises.html").read_text(encoding="utf8")
    own = page.partition('id="medfuse_course.exercises.check"')[2].partition("</dl>\n")[0]
    assert "Used in:" in page and 'href="../part/trial.html"' in page and own
