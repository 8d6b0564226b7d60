"""Pairs of the head phantom, as the course loads them."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets import load_pair, parse_window
from medfuse_course.datasets.head.scan import SLICES, HeadScan
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.datasets.head.volumes import head_volumes

NAMES = ("head/mri-ct", "head/mri-pet", "head/mri-spect")


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_knows_everything_about_itself(name):
    pair = load_pair(name, seed=1)
    assert pair.name == name
    assert pair.a.shape == pair.b.shape == (256, 256)
    assert pair.modalities == ("MRI", name.rpartition("-")[2].upper())
    assert pair.spacing == (1.0, 1.0)
    assert pair.provenance["seed"] == 1 and pair.provenance["slice"] == 29 and pair.provenance["z_mm"] == 14.0
    assert pair.provenance["options"]["contrast"] == "t1"
    assert set(pair.truth.quantities) == {"signal", "hu" if name == "head/mri-ct" else "activity"}
    assert pair.truth.label_names[0] == "air" and pair.truth.labels.dtype == np.uint8
    assert not pair.truth.lesions.any()


def test_the_window_on_the_pair_is_the_one_that_was_used():
    pair = load_pair("head/mri-ct", window_b="hu:bone")
    assert pair.windows == ("range:0,1000", "hu:bone (level 400, width 1800)")
    np.testing.assert_array_equal(pair.b, parse_window(pair.windows[1]).apply(HeadScan(0).image("CT", 14.0)))
    assert load_pair("head/mri-ct").windows[1] == "hu:brain (level 40, width 80)"
    assert load_pair("head/mri-ct", window_a="percentile:1,99").windows[0].startswith("percentile:1,99 (from ")


def test_the_same_seed_gives_the_same_pair_and_another_seed_another():
    one, again, other = (load_pair("head/mri-pet", seed=seed, slice=20) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.b, again.b)
    assert np.abs(one.b - other.b).max() > 0.2
    one.a[:] = 0  # a reader's experiment
    assert load_pair("head/mri-pet", seed=5, slice=20).a.any()


def test_the_anatomy_of_a_seed_is_the_same_in_every_pair():
    labels = [load_pair(name, seed=2, slice=33).truth.labels for name in NAMES]
    np.testing.assert_array_equal(labels[0], labels[1])
    np.testing.assert_array_equal(labels[0], labels[2])
    np.testing.assert_array_equal(load_pair(NAMES[0], seed=2, slice=33).a, load_pair(NAMES[1], seed=2, slice=33).a)


@pytest.mark.parametrize("count", [1, 3])
def test_lesions_are_as_many_as_asked_for_and_all_in_the_brain(count):
    pair = load_pair("head/mri-pet", seed=4, lesions=count, lesion_size=14)
    mask = pair.truth.lesions
    assert ndimage.label(mask, np.ones((3, 3)))[1] == count
    healthy = load_pair("head/mri-pet", seed=4).truth.labels
    inside = np.isin(healthy[mask], [LABELS[name] for name in ("gray matter", "white matter", "csf", "dura")])
    assert inside.all()
    np.testing.assert_array_equal(mask, pair.truth.labels == LABELS["lesion"])


def test_a_lesion_is_hot_in_pet_bright_in_t2_and_hidden_in_ct():
    # Contrast to what the same pixels show without the lesion.
    options = {"seed": 4, "lesions": 2, "lesion_size": 18, "contrast": "t2", "noise": 0}
    pet, ct = load_pair("head/mri-pet", **options), load_pair("head/mri-ct", **options)
    healthy = {name: load_pair(name, seed=4, contrast="t2", noise=0) for name in ("head/mri-pet", "head/mri-ct")}
    mask = pet.truth.lesions
    assert pet.b[mask].mean() > 1.25 * healthy["head/mri-pet"].b[mask].mean()
    assert pet.a[mask].mean() > 1.25 * healthy["head/mri-pet"].a[mask].mean()
    assert abs(ct.b[mask].mean() - healthy["head/mri-ct"].b[mask].mean()) < 0.1


def test_ct_and_mri_complement_each_other():
    pair = load_pair("head/mri-ct")
    labels = pair.truth.labels
    bone = labels == LABELS["compact bone"]
    assert pair.b[bone].mean() > 0.95 and pair.a[bone].mean() < 0.4
    gray, white = (labels == LABELS[name] for name in ("gray matter", "white matter"))
    assert pair.a[white].mean() - pair.a[gray].mean() > 0.05


def test_color_is_a_table_over_the_gray_image():
    gray, hot = (load_pair("head/mri-pet", color=color) for color in ("gray", "hot"))
    assert hot.b.shape == (256, 256, 3)
    red, green, blue = np.moveaxis(hot.b, -1, 0)
    assert (red >= green - 1e-6).all() and (green >= blue - 1e-6).all()  # what "hot" means
    order = np.argsort(gray.b, axis=None)
    assert (np.diff(hot.b.sum(axis=2).ravel()[order]) > -0.02).all()


def test_the_affine_leads_to_the_same_place_as_that_of_the_volume():
    pair, volumes = load_pair("head/mri-ct", slice=10), head_volumes((), slices=range(8, 12, 2))
    row, column = 40, 100
    world = pair.affine @ [row, column, 0, 1]
    np.testing.assert_allclose(np.linalg.inv(volumes.affine) @ world, [255 - column, 255 - row, 1, 1])
    assert volumes.labels[255 - column, 255 - row, 1] == pair.truth.labels[row, column]


@pytest.mark.parametrize("index", [0, SLICES - 1])
def test_the_first_and_the_last_slice_show_brain(index):
    labels = load_pair("head/mri-pet", slice=index).truth.labels
    assert (labels == LABELS["gray matter"]).sum() > 1000


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"slice": SLICES}, ValueError, "slice: expected 0 to 55 .*got 56"),
        ({"slice": -1}, ValueError, "slice: expected 0 to 55"),
        ({"slice": 3.0}, TypeError, "slice: expected a whole number or None"),
        ({"slice": True}, TypeError, "slice: expected a whole number or None"),
        ({"seed": -3}, ValueError, "seed: expected a non-negative integer"),
        ({"seed": 1.5}, ValueError, "seed: expected a non-negative integer"),
        ({"lesions": 8, "lesion_size": 40}, ValueError, "lesions: only . of 8 lesions of 40 mm find room"),
        ({"color": "hott"}, ValueError, "did you mean 'hot'"),
        ({"window_b": "suv:9-1"}, ValueError, "window: expected low < high"),
    ],
)
def test_wrong_options_are_answered(options, error, words):
    with pytest.raises(error, match=words):
        load_pair("head/mri-pet", **options)


@pytest.mark.parametrize(("name", "usual"), [("head/mri-ct", "image_space"), ("head/mri-pet", "reconstruction")])
def test_slices_go_through_the_scanner_that_is_asked_for(name, usual):
    found = {how: load_pair(name, simulate=how) for how in ("image_space", "reconstruction")}
    np.testing.assert_array_equal(found["image_space"].a, found["reconstruction"].a)
    assert np.abs(found["image_space"].b - found["reconstruction"].b).max() > 0.1
    np.testing.assert_array_equal(load_pair(name).b, found[usual].b)
    assert load_pair(name).provenance["options"]["simulate"] == usual
