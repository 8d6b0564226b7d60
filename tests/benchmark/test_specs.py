"""Specifications of methods and pairs."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.benchmark import MethodSpec, PairSpec, aanlib_pairs, phantom_pairs
from medfuse_course.datasets import aanlib, load_pair

WHOLE, WORDS = st.integers(), st.text("abc019.:-' ", min_size=1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.fixed_dictionaries({}, optional={"levels": WHOLE, "rule": WORDS, "guard": NUMBERS, "selection": WORDS}))
def test_a_label_is_read_back(options):
    spec = MethodSpec.of("contrast_pyramid", **options)
    assert MethodSpec.parse(spec.label) == spec


@pytest.mark.parametrize("options", [{"directions": (4, 8, 2, 2)}, {"directions": (16,)}, {"rule": "True"}])
def test_a_label_with_several_values_is_read_back(options):
    spec = MethodSpec.of("nsct", **options)
    assert MethodSpec.parse(spec.label) == spec


@pytest.mark.torch
@pytest.mark.parametrize("word", ["false", "False", "FALSE"])
def test_false_is_false(word):
    """The text "false" is true in Python; as an option it once made `nsct_cnn` choose hard."""
    spec = MethodSpec.parse(f"nsct_cnn:hard={word}")
    assert spec.options == (("hard", False),)
    assert spec == MethodSpec.of("nsct_cnn", hard=False)


def test_a_comma_in_a_value_is_no_new_option():
    text = "head/mri-ct:window_a=percentile:0.5,99.5,lesions=2"
    assert PairSpec.parse(text) == ("head/mri-ct", {"window_a": "percentile:0.5,99.5", "lesions": 2})


def test_a_name_of_its_own_is_what_tables_show():
    spec = MethodSpec.named("five levels", "laplacian_pyramid:levels=5")
    assert (spec.label, spec.options) == ("five levels", (("levels", 5),))


def test_the_order_of_options_says_nothing():
    assert PairSpec.of("head/mri-ct", noise=0, lesions=1) == PairSpec.of("head/mri-ct", lesions=1, noise=0)
    assert PairSpec.of("head/mri-ct", seed=np.int64(3)).label == "head/mri-ct"


def test_a_phantom_spec_loads_its_pair():
    pair = PairSpec.of("head/mri-ct", slice=40, seed=3, lesions=1).load()
    again = load_pair("head/mri-ct", slice=40, seed=3, lesions=1)
    assert np.array_equal(pair.b, again.b)
    assert (pair.provenance["seed"], pair.provenance["slice"]) == (3, 40)


def test_a_real_spec_loads_its_pair(aanlib_folder):
    spec = aanlib_pairs("aanlib/mri-ct", "val")[3]
    pair = spec.load()
    assert (pair.provenance["case"], pair.provenance["slice"], pair.provenance["split"]) == (34, spec.slice, "val")


def test_phantoms_over_seeds_and_slices():
    specs = phantom_pairs("head/mri-pet", seeds=(2, 5), slices=(30, 31), lesions=1)
    assert [(s.seed, s.slice) for s in specs] == [(2, 30), (2, 31), (5, 30), (5, 31)]
    assert {s.label for s in specs} == {"head/mri-pet:lesions=1"}


def test_real_pairs_are_those_one_may_choose_by_unless_it_is_said():
    """Of the five heads of MRI/CT in `test` none is met by chance."""
    specs = aanlib_pairs("aanlib/mri-ct")
    assert {s.label for s in specs} == {"aanlib/mri-ct:split=val"}
    assert {(s.case, s.slice) for s in specs} == {
        (e.case, e.slice) for e in aanlib.shipped_manifest().select(["mri-ct"], ["val"])
    }


def test_every_slice_of_a_split_with_its_patient():
    specs = aanlib_pairs("aanlib/mri-ct", "test")
    assert {(s.case, s.slice) for s in specs} == {
        (e.case, e.slice) for e in aanlib.shipped_manifest().select(["mri-ct"], ["test"])
    }
    assert {s.label for s in specs} == {"aanlib/mri-ct:split=test"}
    assert {s.case for s in aanlib_pairs("aanlib/mri-ct", "test", cases=[16, 2])} == {2, 16}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MethodSpec.of("avrage"), ValueError, "did you mean 'average'"),
        (lambda: MethodSpec.of("average", levels=5).check(), TypeError, "average: unknown option 'levels'"),
        (lambda: MethodSpec.of("laplacian_pyramid", levels=np.ones(2)), TypeError, "levels: expected a number"),
        (lambda: MethodSpec.parse("average:levels"), ValueError, "expected name:key=value"),
        (lambda: MethodSpec.parse("laplacian_pyramid:levels=many"), ValueError, "levels: expected a whole number"),
        (lambda: PairSpec.parse("thorax/ct-pet:arms=up"), ValueError, "arms: expected true or false, got 'up'"),
        (lambda: MethodSpec.named("", np.maximum), TypeError, "expected a name of one line"),
        (lambda: MethodSpec.named("pca", np.maximum), ValueError, "'pca' is the name of a method of the library"),
        (
            lambda: MethodSpec.named("mine", 3),
            TypeError,
            "mine: expected a name from list_methods, a function of two images",
        ),
        (lambda: PairSpec.of("head/mri-cd"), ValueError, "did you mean 'head/mri-ct'"),
        (lambda: PairSpec.of("head/mri-ct", lesion=2).check(), TypeError, "did you mean 'lesions'"),
        (lambda: PairSpec.of("head/mri-ct", case=3), ValueError, "case: head/mri-ct is a phantom"),
        (lambda: PairSpec.of("head/mri-ct", seed=1.5), TypeError, "seed: expected a whole number"),
        (lambda: phantom_pairs("head/mri-ct", seeds=3), TypeError, "got 3; write [3], or range(3) for the first 3"),
        (
            lambda: phantom_pairs("head/mri-ct", seeds="01"),
            TypeError,
            "seeds: expected several whole numbers, got '01'",
        ),
        (lambda: phantom_pairs("head/mri-ct", slices=30), TypeError, "slices: expected several whole numbers, got 30"),
        (lambda: aanlib_pairs("aanlib/mri-ct", cases=34), TypeError, "cases: expected several whole numbers, got 34"),
        (lambda: PairSpec.of("aanlib/mri-ct", seed=1), ValueError, "aanlib_pairs('aanlib/mri-ct', split)"),
        (lambda: aanlib_pairs("aanlib/mri-ct", "val", cases=[2]), ValueError, "some of [34], got 2"),
    ],
)
def test_what_is_wrong_is_said(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()
