"""SPECT: depth takes photons and sharpness, and a model that knows it gives them back."""

import numpy as np
import pytest
from scipy import stats

from medfuse_course.physics import mlem, spect_projector, spect_survival
from tests.physics.test_projector import disk

SIZE, VIEWS, SPACING, MU = 65, 24, 4.0, 0.0154
RESOLUTION = (5.0, 0.04)


@pytest.fixture(scope="module")
def mu():
    return disk(SIZE, 100 / SPACING) * np.float32(MU)


def point(row, column):
    image = np.zeros((SIZE, SIZE), dtype=np.float32)
    image[row, column] = 1
    return image


def test_the_adjoint_is_exact(mu):
    camera = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, mu=mu, resolution_mm=RESOLUTION)
    rng = np.random.default_rng(0)
    x, y = rng.random((SIZE, SIZE)), rng.random(camera.sinogram_shape)
    forward = np.vdot(camera.project(x).astype(np.float64), y)
    assert forward == pytest.approx(np.vdot(x, camera.backproject(y).astype(np.float64)), rel=1e-5)


@pytest.mark.parametrize(("view", "depth_mm"), [(0, 40.0), (6, 100.0), (12, 160.0), (18, 100.0)])
def test_photons_are_lost_by_depth(mu, view, depth_mm):
    # A point 60 mm above the middle of a disk of 100 mm: the camera of view 0 stands above, of view 12 below.
    source = point(SIZE // 2 - 15, SIZE // 2)
    camera = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, mu=mu, resolution_mm=RESOLUTION)
    depth = depth_mm if view in (0, 12) else np.sqrt(100**2 - 60**2)
    assert camera.project(source)[view].sum() == pytest.approx(np.exp(-MU * depth), rel=0.04)


def test_survival_in_the_middle_of_a_disk_is_the_same_from_everywhere(mu):
    middle = spect_survival(mu, VIEWS, spacing_mm=SPACING)[:, SIZE // 2, SIZE // 2]
    np.testing.assert_allclose(middle, np.exp(-MU * 100), rtol=0.03)


@pytest.mark.parametrize(
    ("view", "x", "y", "path_mm"),
    [(0, 40, -40, 40), (6, 80, 40, 40), (6, 40, -40, 0), (3, 80, 0, 57), (12, 40, 80, 40), (9, 40, -40, 0)],
)
def test_only_what_lies_before_the_camera_weakens(view, x, y, path_mm):
    """A block of 40 mm, x and y from 20 to 60 mm; the camera of view 0 stands above, of view 6 to the left."""
    rows, columns = np.indices((SIZE, SIZE)) - SIZE // 2
    block = ((np.abs(columns * SPACING - 40) <= 18) & (np.abs(-rows * SPACING - 40) <= 18)) * np.float32(MU)
    block *= 40 / (9 * SPACING)  # nine pixels of 4 mm stand for 40 mm
    found = spect_survival(block, VIEWS, spacing_mm=SPACING)
    pixel = found[view, SIZE // 2 - y // 4, SIZE // 2 + x // 4]
    assert -np.log(pixel) / MU == pytest.approx(path_mm, abs=4)


def test_what_survives_from_four_sides_is_a_sum_along_rows_or_columns():
    """Half of a pixel weakens itself, and all that lies before it; the four cameras stand above, left, below, right."""
    mu = np.zeros((12, 12))
    mu[1:-1, 1:-1] = np.random.default_rng(0).uniform(0, 0.05, (10, 10))
    for found, axis, step in zip(spect_survival(mu, 4, spacing_mm=3.0), (0, 1, 0, 1), (1, 1, -1, -1), strict=True):
        way = np.flip(mu, axis) if step < 0 else mu
        before = np.cumsum(way, axis) - way / 2
        expected = np.exp(-3.0 * (np.flip(before, axis) if step < 0 else before))
        np.testing.assert_allclose(found[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-4)


@pytest.mark.parametrize(("size", "views"), [(7, 4), (8, 0)])
def test_a_camera_of_too_few_pixels_or_views_is_answered(size, views):
    with pytest.raises(ValueError, match=f"expected at least 8 pixels and 1 view, got {size} and {views}"):
        spect_projector(size, views, spacing_mm=4.0)
    assert spect_projector(8, 1, spacing_mm=4.0).sinogram_shape == (1, 8)


@pytest.mark.parametrize(("view", "row"), [(0, 12), (0, 52), (12, 12)])
def test_blur_grows_with_the_distance(view, row):
    camera = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, resolution_mm=RESOLUTION, radius_mm=150)
    profile = camera.project(point(row, SIZE // 2))[view].astype(np.float64)
    t = SPACING * (np.arange(SIZE) - SIZE // 2)
    width = 2.3548 * np.sqrt((profile * t**2).sum() / profile.sum())
    side = 1 if view == 0 else -1
    distance = 150 - side * SPACING * (SIZE // 2 - row)
    expected = np.hypot(RESOLUTION[0] + RESOLUTION[1] * distance, 2.3548 * SPACING / np.sqrt(6))  # pixel and bin
    assert width == pytest.approx(expected, rel=0.06)
    assert profile.sum() == pytest.approx(1, rel=1e-4)


def test_a_point_is_seen_where_it_is():
    camera = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, resolution_mm=(0, 0))
    right = camera.project(point(SIZE // 2, SIZE // 2 + 10))
    assert right[0].argmax() == SIZE // 2 + 10  # seen from above, columns are bins
    assert right[12].argmax() == SIZE // 2 - 10  # from below they are mirrored
    assert right[6].argmax() == SIZE // 2
    # The square of the pixel has a variance of 1/12: so much of such a Gaussian falls into the bin around its middle.
    assert right[0].max() == pytest.approx(2 * stats.norm.cdf(0.5 * np.sqrt(12)) - 1, abs=1e-3)


def test_a_model_of_attenuation_flattens_the_disk(mu):
    truth = disk(SIZE, 100 / SPACING)
    camera = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, mu=mu, resolution_mm=RESOLUTION)
    blind = spect_projector(SIZE, VIEWS, spacing_mm=SPACING, resolution_mm=RESOLUTION)
    counts = camera.project(truth)
    core, rim = disk(SIZE, 6) == 1, (disk(SIZE, 23) == 1) & (disk(SIZE, 20) == 0)
    hollow, flat = (mlem(counts, model, iterations=15, subsets=4) for model in (blind, camera))
    assert hollow[core].mean() < 0.65 * hollow[rim].mean()
    assert flat[core].mean() == pytest.approx(1, abs=0.05)
    assert flat[rim].mean() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("options", "words"), [
    ({"spacing_mm": 0}, "expected lengths > 0"), ({"spacing_mm": 4.0, "resolution_mm": (-1, 0)}, "widths >= 0"),
    ({"spacing_mm": 4.0, "mu": np.full((65, 65), -1.0)}, "mu: expected finite values >= 0"),
    ({"spacing_mm": 4.0, "mu": np.zeros((65, 60))}, "mu: expected a square map"),
])  # fmt: skip
def test_impossible_cameras_are_answered(options, words):
    with pytest.raises(ValueError, match=words):
        spect_projector(SIZE, VIEWS, **options)


def test_what_lies_beyond_the_turned_frame_is_as_deep_as_its_border():
    # Turned by 45 degrees, the corner that is farthest from the camera leaves the frame.
    survival = spect_survival(np.full((33, 33), 0.01, dtype=np.float32), 8, spacing_mm=4.0)
    corners = survival[1][[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() <= 1.001 * survival[1].min() and corners.min() < 0.4
