"""The anatomy of the thorax: organs where they belong, one patient through all planes, another for another seed."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.thorax.scan import plane_height
from medfuse_course.datasets.thorax.shape import Lesion, ThoraxShape, lung_area
from medfuse_course.datasets.thorax.tissues import LABELS

HEART, ARCH, BELLY = plane_height(22), plane_height(58), plane_height(4)


@pytest.fixture(scope="module")
def planes():
    return {z: ThoraxShape(0).fractions(z) for z in (HEART, ARCH, BELLY)}


def center(share):
    """Row and column of the center of mass."""
    return ndimage.center_of_mass(share)


def area_cm2(share, spacing=1.6):
    return share.sum() * spacing**2 / 100


@pytest.mark.parametrize("z", [HEART, ARCH, BELLY])
def test_fractions_sum_to_one(planes, z):
    parts = planes[z]
    np.testing.assert_allclose(parts.sum(axis=0), 1, atol=1e-5)
    assert parts.min() >= -1e-6
    assert not parts[1:, :8].any() and not parts[1:, :, :6].any()  # air around


def test_two_lungs_with_the_heart_between_and_to_the_left(planes):
    parts = planes[HEART]
    lung, count = ndimage.label(parts[LABELS["lung"]] > 0.5)
    sizes = np.sort(np.bincount(lung.ravel())[1:])[::-1]
    assert count >= 2 and sizes[1] > 0.3 * sizes[0] and sizes[2:].sum() < 0.1 * sizes[0]
    _, column = center(parts[LABELS["heart muscle"]])
    assert column > 127.5 + 8  # the patient's left is on the right
    assert 150 < area_cm2(parts[LABELS["lung"]]) < 450


def test_the_spine_lies_behind_and_the_breastbone_in_front(planes):
    bone = planes[HEART][LABELS["spongy bone"]] + planes[HEART][LABELS["compact bone"]]
    middle = bone[:, 115:141]
    assert center(middle[:110])[0] < 85 and center(middle[140:])[0] + 140 > 145
    assert planes[HEART][LABELS["spinal canal"]].sum() > 20


def test_ribs_lie_around_the_lungs(planes):
    bone = planes[HEART][LABELS["compact bone"]] + planes[HEART][LABELS["spongy bone"]]
    pieces, count = ndimage.label(bone > 0.5)
    assert 6 <= count <= 24
    assert pieces.max() == count


def test_liver_on_the_right_and_spleen_on_the_left(planes):
    liver, spleen = planes[BELLY][LABELS["liver"]], planes[BELLY][LABELS["spleen"]]
    assert center(liver)[1] < 115 and center(spleen)[1] > 150
    assert area_cm2(liver) > 80 and area_cm2(spleen) > 5
    assert planes[ARCH][LABELS["liver"]].sum() == 0


def test_the_windpipe_holds_air_and_lies_in_the_middle(planes):
    airway = planes[ARCH][LABELS["airway"]]
    trachea = airway[100:150, 115:141]
    assert 1.2 < area_cm2(trachea) < 4.5


def test_vessels_branch_through_the_lung(planes):
    shape = ThoraxShape(0)
    lung = ndimage.binary_erosion(lung_area(shape, HEART) > 0.99, iterations=4)
    share = planes[HEART][LABELS["blood"]][lung].mean()
    assert 0.02 < share < 0.12
    without = shape.fractions(HEART, vessels=False)[LABELS["blood"]][lung].mean()
    assert without < 0.1 * share


def test_planes_of_one_patient_fit_together():
    a, b = (ThoraxShape(3).fractions(z).argmax(axis=0) for z in (0.0, 1.0))
    assert (a == b).mean() > 0.96


def test_seeds_are_patients(planes):
    np.testing.assert_array_equal(ThoraxShape(0).fractions(HEART), planes[HEART])
    other = ThoraxShape(1).fractions(HEART)
    assert (other.argmax(axis=0) != planes[HEART].argmax(axis=0)).mean() > 0.05
    bodies = [1 - ThoraxShape(seed).fractions(0.0)[0] for seed in range(4)]
    assert np.std([area_cm2(body) for body in bodies]) > 10


@pytest.mark.parametrize("seed", range(5))
def test_every_body_stays_in_the_field_of_view(seed):
    for arms in (False, True):
        body = ThoraxShape(seed, (), arms).fractions(plane_height(40))[0] < 0.5
        rows, columns = np.nonzero(body)
        assert np.hypot(rows - 127.5, columns - 127.5).max() < 127


def test_arms_lie_beside_the_body():
    without, arms = (ThoraxShape(2, (), flag).fractions(0.0) for flag in (False, True))
    body = 1 - arms[0]
    edges = body[:, :30].sum() * 2.1**2, body[:, -30:].sum() * 2.1**2
    assert min(edges) > 2000  # each arm more than 20 square centimeters
    assert area_cm2(1 - arms[0], 2.1) - area_cm2(1 - without[0]) == pytest.approx(2 * np.pi * 4.1**2, rel=0.15)


@pytest.mark.parametrize("diameter", [6.0, 20.0, 40.0])
def test_lesions_have_their_size_and_are_irregular(diameter):
    lesion = Lesion((70.0, -30.0, 0.0), diameter / 2, 8.0)
    shape = ThoraxShape(0, (lesion,))
    share = shape.fractions(0.0)[LABELS["lesion"]]
    assert 2 * np.sqrt(area_cm2(share) * 100 / np.pi) == pytest.approx(diameter, rel=0.35)
    row, column = center(share)
    x, y = shape.axes()
    assert np.hypot(x[round(column)] - 70, y[round(row)] + 30) < 0.2 * diameter + 1
    assert shape.fractions(0.9 * diameter + 3)[LABELS["lesion"]].sum() == 0
