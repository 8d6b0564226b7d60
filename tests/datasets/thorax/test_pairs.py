"""The thorax pair: two images on one grid, with windows, truth and provenance."""

import time

import numpy as np
import pytest

from medfuse_course.datasets.thorax.pairs import load_ct_pet
from medfuse_course.datasets.thorax.tissues import LABELS


@pytest.fixture(scope="module")
def pair():
    return load_ct_pet(slice=40, seed=1, lesions=2, lesion_size=18.0, lesion_suv=8.0)


def test_a_pair_is_complete(pair):
    assert pair.name == "thorax/ct-pet" and pair.modalities == ("CT", "PET")
    assert pair.a.shape == pair.b.shape == (256, 256) and pair.spacing == (1.6, 1.6)
    assert pair.windows == ("hu:-350,1300 (level -350, width 1300)", "suv:0-8")
    assert pair.provenance["seed"] == 1 and pair.provenance["slice"] == 40
    assert [lesion["suv"] for lesion in pair.provenance["lesions"]] == [8.0, 8.0]
    np.testing.assert_allclose(pair.affine @ [0, 0, 0, 1], [127.5 * 1.6, 127.5 * 1.6 - 4, -6, 1], atol=1e-3)


def test_the_background_is_black(pair):
    corner = np.s_[:20, :20]
    assert pair.a[corner].mean() < 0.02 and pair.b[corner].max() < 0.02


def test_the_truth_is_there(pair):
    truth = pair.truth
    assert truth.lesions.any() and (truth.labels[truth.lesions] == LABELS["lesion"]).all()
    assert set(truth.quantities) == {"hu", "suv"}
    assert pair.b[truth.lesions].mean() > 0.6 > 5 * pair.b[truth.labels == LABELS["lung"]].mean()
    assert truth.quantities["suv"][truth.lesions].mean() == pytest.approx(8.0, rel=0.1)


def test_options_reach_the_images():
    plain = load_ct_pet(slice=30, lesions=0, simulate="image_space")
    assert not plain.truth.lesions.any()
    colored = load_ct_pet(slice=30, lesions=0, simulate="image_space", color="hot")
    assert colored.b.shape == (256, 256, 3)
    np.testing.assert_array_equal(colored.a, plain.a)
    lung = load_ct_pet(slice=30, lesions=0, simulate="image_space", window_a="hu:lung", arms=True)
    assert lung.windows[0].startswith("hu:lung") and lung.spacing == (2.1, 2.1)


def test_other_slices_are_answered():
    with pytest.raises(ValueError, match="slice: expected 0 to 71"):
        load_ct_pet(slice=72)
    with pytest.raises(TypeError, match="slice: expected a whole number"):
        load_ct_pet(slice=3.5)


def test_a_slice_of_a_new_patient_is_quick():
    load_ct_pet(slice=30, seed=7)  # makes the projectors
    taken = []
    for seed in (8, 9, 10):  # the quickest: what else runs on a core adds time, and never takes any away
        start = time.process_time()
        load_ct_pet(slice=30, seed=seed)
        taken.append(time.process_time() - start)
    assert min(taken) < 1.5  # 0.6 s on a quiet machine, where less than 1 s is the goal
