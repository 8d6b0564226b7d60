"""Regions inside organs, on a plane drawn by hand and on the phantom."""

import numpy as np

from medfuse_course.datasets import THORAX_LABELS, load_case, organ_regions


def drawn():
    """Rectangles of tissue; two of blood, of which the second lies at the canal; two of spongy bone."""
    labels = np.full((60, 60), THORAX_LABELS["fat"], np.uint8)
    for name, rows, columns in (
        ("liver", (2, 22), (2, 22)), ("lung", (2, 40), (30, 58)), ("lesion", (5, 8), (40, 43)),
        ("blood", (24, 34), (2, 12)), ("blood", (36, 45), (14, 23)), ("spinal canal", (48, 52), (18, 22)),
        ("spongy bone", (54, 60), (16, 28)), ("spongy bone", (44, 50), (40, 45)),
    ):  # fmt: skip
        labels[slice(*rows), slice(*columns)] = THORAX_LABELS[name]
    return labels


def test_regions_by_hand():
    """Two pixels of each border stay out: 20 x 20 becomes 16 x 16; the aorta is the blood at the canal."""
    found = organ_regions(drawn())
    assert list(found) == ["liver", "lung", "aorta", "spine"]
    assert found["liver"].sum() == 16 * 16 and found["liver"][4:20, 4:20].all()
    assert found["aorta"].sum() == 5 * 5 and found["aorta"][38:43, 16:21].all()
    assert found["spine"].sum() == 4 * 8 - 2 * 8  # the last rows touch the border of the image
    rows, columns = np.nonzero(found["lung"])
    assert (abs(rows - 6) + abs(columns - 41)).min() > 8 + 2


def test_what_is_not_there_is_left_out():
    labels = drawn()
    labels[labels == THORAX_LABELS["liver"]] = THORAX_LABELS["fat"]
    labels[labels == THORAX_LABELS["spinal canal"]] = THORAX_LABELS["fat"]
    assert list(organ_regions(labels)) == ["lung", "spine"]


def test_in_the_phantom_each_region_has_the_uptake_of_its_organ():
    case = load_case("thorax/low-dose-pet", seed=1, slice=18, lesions=1, simulate="image_space", dose=1)
    means = {name: case.target[region].mean() for name, region in organ_regions(case.labels).items()}
    assert min(region.sum() for region in organ_regions(case.labels).values()) >= 20
    for name, suv in (("liver", 2.25), ("lung", 0.5), ("aorta", 1.7), ("spine", 1.3)):
        assert abs(means[name] / suv - 1) < 0.3, (name, means[name])
