"""Nodules without uptake and uptake without a nodule: each is in one modality alone, and no part of the target."""

import numpy as np
import pytest

from medfuse_course.datasets import load_case
from medfuse_course.datasets.thorax.mimics import make_mimic_scan
from medfuse_course.datasets.thorax.scan import plane_height

SEED, SLICE = 1, 40
FAST = {"seed": SEED, "slice": SLICE, "simulate": "image_space"}


@pytest.fixture(scope="module")
def mixed():
    return load_case("thorax/pet-ct-lesions", **FAST, benign=2, clots=2)


@pytest.fixture(scope="module")
def masks():
    scan = make_mimic_scan(
        plane_height(SLICE), seed=SEED, lesions=3, benign=2, clots=2, lesion_size=None, lesion_suv=None
    )
    return scan.masks(plane_height(SLICE))


def test_each_kind_is_where_its_modality_shows_it(mixed, masks):
    ct, pet = mixed.inputs.values()
    mean = {kind: (ct[mask].mean(), pet[mask].mean()) for kind, mask in masks.items()}
    assert mean["lesions"][0] > -200 and mean["lesions"][1] > 2
    assert mean["benign"][0] > -200 and mean["benign"][1] < 1.5
    assert mean["clots"][0] < -500 and mean["clots"][1] > 1.5
    assert not (masks["lesions"] & masks["benign"]).any() and not (masks["lesions"] & masks["clots"]).any()


def test_only_lesions_are_the_target_and_mimics_leave_them_where_they_are(mixed, masks):
    plain = load_case("thorax/pet-ct-lesions", **FAST)
    np.testing.assert_array_equal(mixed.target, masks["lesions"])
    np.testing.assert_array_equal(mixed.target, plain.target)
    np.testing.assert_array_equal(mixed.inputs["CT"][plain.target], plain.inputs["CT"][plain.target])


@pytest.mark.parametrize(("wanted", "said"), [({"benign": -1}, "benign: expected"), ({"clots": 6}, "clots: expected")])
def test_a_wrong_number_is_answered(wanted, said):
    with pytest.raises(ValueError, match=said):
        load_case("thorax/pet-ct-lesions", **FAST, **wanted)
