"""The shape of the head: fractions, layers in the right order, one head from plane to plane."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.head.shape import SIZE, HeadShape, Lesion, SmoothField, plane_points
from medfuse_course.datasets.head.tissues import LABELS, TISSUES


@pytest.fixture(scope="module")
def middle():
    return HeadShape(0).fractions(14.0)


@pytest.mark.parametrize("z", [-44.0, -18.0, 14.0, 66.0])
def test_fractions_fill_each_pixel(z):
    parts = HeadShape(1).fractions(z)
    assert parts.shape == (len(TISSUES), SIZE, SIZE)
    assert parts.min() >= 0
    np.testing.assert_allclose(parts.sum(axis=0), 1, atol=1e-5)


def test_from_outside_inward_air_skin_fat_table_diploe_table_fluid(middle):
    labels = middle.argmax(axis=0)
    ray = [int(label) for label in labels[:128, 128]]  # from the front along the midline
    first = [k for k, label in enumerate(ray) if k == 0 or label != ray[k - 1]]
    names = [TISSUES[ray[k]].name for k in first]
    assert names[:6] == ["air", "skin", "fat", "compact bone", "diploe", "compact bone"]
    assert names[6] in ("csf", "dura", "gray matter")


def test_the_skull_is_closed_and_as_thick_as_skulls_are(middle):
    bone = middle[LABELS["compact bone"]] + middle[LABELS["diploe"]] > 0.5
    inside = ndimage.binary_fill_holes(bone) & ~bone
    brain = middle[LABELS["gray matter"]] + middle[LABELS["white matter"]] > 0.5
    assert inside[brain].all()
    # Mean thickness of a ring: area over the length of its middle line, here of an ellipse of the same area.
    ring = bone.sum() / (2 * np.sqrt(np.pi * (inside.sum() + bone.sum() / 2)))
    assert 4.7 < ring < 9.0  # 4.7 mm (temporal) to 8.0 mm (frontal) on average, and seeded variation


def test_ventricles_are_fluid_inside_the_brain(middle):
    fluid = middle[LABELS["csf"]] > 0.5
    brain = middle[LABELS["gray matter"]] + middle[LABELS["white matter"]] > 0.5
    deep = ndimage.distance_transform_edt(ndimage.binary_fill_holes(ndimage.binary_closing(brain, iterations=4))) > 25
    assert (fluid & deep).sum() > 300  # mm2


def test_neighboring_planes_belong_to_one_head():
    shape = HeadShape(2)
    a, b, far = (shape.fractions(z).argmax(axis=0) for z in (14.0, 14.5, 24.0))
    assert (a == b).mean() > 0.98
    assert (a == b).mean() > (a == far).mean()


def test_a_seed_is_a_head():
    one, again, other = (HeadShape(seed).fractions(14.0) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    brains = [(parts[LABELS["gray matter"]] + parts[LABELS["white matter"]]) > 0.5 for parts in (one, other)]
    overlap = 2 * (brains[0] & brains[1]).sum() / (brains[0].sum() + brains[1].sum())
    assert 0.8 < overlap < 0.98


def test_a_lesion_has_its_place_and_its_size():
    center = (28.0, -20.0, 20.0)
    parts = HeadShape(0, (Lesion(center, 10.0),)).fractions(20.0)
    mask = parts[LABELS["lesion"]] > 0.5
    x, y, _ = plane_points(20.0)
    assert np.hypot(x[mask].mean() - center[0], y[mask].mean() - center[1]) < 2
    assert np.sqrt(mask.sum() / np.pi) == pytest.approx(10.0, rel=0.2)
    assert HeadShape(0, (Lesion(center, 10.0),)).fractions(45.0)[LABELS["lesion"]].max() == 0


def test_random_fields_have_the_stated_correlation_and_scale():
    planes = np.stack([SmoothField(seed, "test", 30.0).plane(0.0) for seed in range(25)])
    assert planes.mean() == pytest.approx(0, abs=0.1)
    assert planes.std() == pytest.approx(1, abs=0.1)
    # White noise under a Gaussian of width w has the correlation exp(-d^2 2 ln 2 / w^2) at distance d.
    correlation = (planes[:, :, :-15] * planes[:, :, 15:]).mean() / planes.var()
    assert correlation == pytest.approx(np.exp(-2 * np.log(2) * 15**2 / 30**2), abs=0.08)


def test_the_grid_shows_the_front_on_top_and_the_right_on_the_left():
    x, y, z = plane_points(7.0)
    assert x[0, 0] > x[0, 1] and y[0, 0] > y[1, 0]
    assert x[0, 0] == 127.5 and (z == 7).all()
