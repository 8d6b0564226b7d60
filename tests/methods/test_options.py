"""The one reader of `key=value`; and what every option of every method may be."""

import re
from functools import partial

import numpy as np
import pytest

from medfuse_course.methods import fuse, fuse_stack, list_methods
from medfuse_course.methods.options import BOUNDS, read_options, split_option, split_options
from medfuse_course.methods.running import check_options
from medfuse_course.methods.verbs import enhance, segment, synthesize
from tests.methods.every_method import marks

DEFAULTS = {"hard": False, "levels": 4, "eps": 0.5, "rule": "max", "directions": (16, 8), "block": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hard=false", False), ("hard=False", False), ("hard=TRUE", True), ("levels=7", 7), ("eps=1", 1.0),
        ("eps=1e-3", 0.001), ("rule=l1", "l1"), ("rule=5", "5"), ("rule='5'", "5"), ("rule=none", "none"),
        ("directions=4,2", (4, 2)), ("directions=(4, 2)", (4, 2)), ("directions=[4]", [4]), ("block=none", None),
        ("block=8", 8), ("block=word", "word"),
    ],
)  # fmt: skip
def test_a_value_has_the_kind_of_its_default(text, value):
    name, written = split_option(text)
    (found,) = read_options({name: written}, DEFAULTS).values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hard=soft", "hard: expected true or false, got 'soft'"), ("hard=0", "hard: expected true or false, got '0'"),
        ("levels=true", "levels: expected a whole number, got 'true'"), ("levels=2.5", "levels: expected a whole"),
        ("eps=much", "eps: expected a number, got 'much'"), ("directions=4", "directions: expected several values"),
    ],
)  # fmt: skip
def test_another_kind_is_refused(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_options(dict([split_option(text)]), DEFAULTS)


def test_a_name_and_its_options_are_told_apart():
    assert split_options("nsct:directions=4,2,rule=max") == ("nsct", {"directions": "4,2", "rule": "max"})
    assert split_options("nsct") == ("nsct", {})


@pytest.mark.parametrize("text", ["a:b", "a:b=", "a:=3", "a:1b=3"])
def test_no_option(text):
    with pytest.raises(ValueError, match=r"expected name:key=value,key=value after the colon; expected key=value"):
        split_options(text)


NONSENSE = [
    np.nan, np.inf, -1, 0, 1, 10**9, 1e9, 2.5, "bogus", "", None, True, (1, 2), [], {}, np.array([1.0, 2.0]),
]  # fmt: skip
IMAGES = np.random.default_rng(0).random((2, 32, 36)).astype(np.float32)
HOUNSFIELD = 1000 * IMAGES[0] - 1000
VERBS = {
    "fusion": partial(fuse, *IMAGES),
    "enhancement": partial(enhance, IMAGES[0]),
    "synthesis": partial(synthesize, IMAGES[0]),
    "segmentation": partial(segment, HOUNSFIELD, IMAGES[1]),
}
each_of_all = pytest.mark.parametrize("method", [pytest.param(m, id=m.slug, marks=marks(m)) for m in list_methods()])


@each_of_all
def test_every_number_has_bounds(method):
    for name, default in method.options.items():
        if name not in ("weights", "scale") and not isinstance(default, bool | str):
            assert name in BOUNDS, f"{method.slug}: {name} may be anything; say in BOUNDS what it may be"
            assert default in BOUNDS[name]


def test_bounds_are_those_of_an_option():
    assert BOUNDS.keys() <= {name for method in list_methods() for name in method.options}


@each_of_all
def test_nonsense_is_answered_in_words_or_not_at_all(method):
    """Whatever an option is given: a finite image, or a sentence of ours; never a wait, nor Python's own words."""
    for name, default in (method.options | method.verb_options).items():
        ours = rf"{name}: expected |unknown .*; there is |expected .*got "
        for value in NONSENSE:
            try:
                check_options(method, {name: value}, method.verb_options)
            except (TypeError, ValueError) as error:
                assert re.search(ours, str(error)), (name, value)
                continue
            if method.network and (value is default or name in BOUNDS or isinstance(default, bool)):
                continue  # a good value: other tests run networks
            try:
                made = VERBS[method.task.slug](method=method.slug, **{name: value})
            except (TypeError, ValueError, FileNotFoundError) as error:
                assert re.search(ours, str(error)), (name, value)
            else:
                assert np.isfinite(made).all()


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("pulse_coupled", {"iterations": 10**6}, "iterations: expected a whole number from 0 to 10000, got 1000000"),
        ("nsct", {"margin": 10**6}, "margin: expected a whole number from 0 to 512, got 1000000"),
        ("contrast_pyramid", {"guard": np.inf}, "guard: expected a number from 0 to 1, got inf"),
        ("laplacian_pyramid", {"profile": 1}, "profile: expected a name such as 'course', got 1"),
        ("laplacian_pyramid", {"profile": None}, "profile: expected a name such as 'course', got None"),
        ("average", {"color": "bogus"}, "color: unknown color space 'bogus'; there is ycbcr, yuv, ihs, lab"),
        ("nsct", {"directions": (8, 10**9)}, "directions: expected several whole numbers from 1 to 64, such as (8, 8)"),
        pytest.param("emfusion", {"radius": np.nan}, "radius: expected a whole number", marks=pytest.mark.torch),
    ],
)  # fmt: skip
def test_what_was_taken_once(method, options, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        fuse(*IMAGES, method, **options)
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        fuse_stack(IMAGES[:1], IMAGES[1:], method, **options)


def test_a_function_of_ones_own_bounds_its_own_options():
    fused = fuse(*IMAGES, lambda a, b, levels=0: np.full_like(a, levels / 1000), levels=100)
    np.testing.assert_allclose(fused, 0.1, atol=1e-6)
