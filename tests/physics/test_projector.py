"""The projector: exact on pixels, right on a disk, an adjoint pair, and as scikit-image computes by turning images."""

import numpy as np
import pytest
from skimage.transform import radon

from medfuse_course.physics import parallel_projector
from medfuse_course.physics.projector import field_of_view


def disk(size, radius, samples=8):
    """A disk whose border pixels are filled in part."""
    fine = (np.arange(size * samples) + 0.5) / samples - size / 2
    inside = np.hypot(fine[:, None], fine) <= radius
    return inside.reshape(size, samples, size, samples).mean(axis=(1, 3)).astype(np.float32)


def blocks(size=41):
    """Something without symmetry, within the field of view."""
    image = np.zeros((size, size), dtype=np.float32)
    image[8:20, 22:27] = 1.0
    image[25, 12:18] = 3.0
    return image


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize(("size", "views"), [(24, 10), (33, 36)])
def test_the_adjoint_is_exact(size, views, fold):
    rng = np.random.default_rng(1)
    projector = parallel_projector(size, views, fold=fold)
    x = rng.random((size, size), dtype=np.float32)
    y = rng.random(projector.sinogram_shape, dtype=np.float32)
    forward = np.vdot(projector.project(x).astype(np.float64), y)
    backward = np.vdot(x.astype(np.float64), projector.backproject(y))
    assert forward == pytest.approx(backward, rel=1e-5)


def test_the_matrix_pair_is_the_projector():
    projector = parallel_projector(41, 10)
    x, y = blocks(), np.ones(projector.sinogram_shape, dtype=np.float32)
    np.testing.assert_array_equal(projector.matrix @ x.ravel(), projector.project(x).ravel())
    np.testing.assert_array_equal(projector.adjoint_matrix @ y.ravel(), projector.backproject(y).ravel())
    assert abs(projector.matrix.T - projector.adjoint_matrix).max() == 0


@pytest.mark.parametrize("view", [1, 2, 3, 5, 10])
def test_a_pixel_casts_the_shadow_of_a_square(view):
    size, views = 11, 12
    image = np.zeros((size, size), dtype=np.float32)
    image[3, 7] = 1
    inside = (np.arange(1000) + 0.5) / 1000 - 0.5
    angle = np.pi * view / views
    t = (2 + inside) * np.cos(angle) + (2 + inside[:, None]) * np.sin(angle)  # column 7 is x = 2, row 3 is y = 2
    expected = np.histogram(t, bins=np.arange(size + 1) - size / 2)[0] / t.size
    np.testing.assert_allclose(parallel_projector(size, views).project(image)[view], expected, atol=2e-3)


def test_a_disk_projects_to_its_chords():
    size, radius = 101, 40.0
    sinogram = parallel_projector(size, 12).project(disk(size, radius))
    # The mean over a bin of 2 sqrt(r^2 - t^2), from its antiderivative.
    edges = np.clip(np.arange(size + 1) - size / 2, -radius, radius)
    chords = np.diff(edges * np.sqrt(radius**2 - edges**2) + radius**2 * np.arcsin(edges / radius))
    # A border of square pixels is no circle, and rays that graze it notice.
    steep = np.abs(np.arange(size) - size // 2) > 0.95 * radius
    np.testing.assert_allclose(sinogram[:, ~steep], np.broadcast_to(chords, sinogram.shape)[:, ~steep], atol=0.4)
    np.testing.assert_allclose(sinogram[:, steep].sum(axis=1), chords[steep].sum(), rtol=0.04)
    assert np.abs(sinogram - chords).mean() < 0.1


def test_scikit_image_agrees():
    # It turns the image with linear interpolation instead of cutting strips, so it agrees to its own accuracy.
    size, views = 101, 12
    image = disk(size, 30) + np.roll(disk(size, 6), (12, -15), axis=(0, 1))
    expected = radon(image, theta=180 * np.arange(views) / views, circle=True).T
    found = parallel_projector(size, views).project(image)
    np.testing.assert_allclose(found, expected, atol=0.02 * expected.max())


def test_the_first_view_sums_columns_and_the_quarter_turn_sums_rows():
    image = blocks()
    sinogram = parallel_projector(41, 2).project(image)
    np.testing.assert_allclose(sinogram[0], image.sum(axis=0), atol=1e-5)
    np.testing.assert_allclose(sinogram[1], image.sum(axis=1)[::-1], atol=1e-4)


def test_every_view_keeps_the_sum():
    image = blocks()
    np.testing.assert_allclose(parallel_projector(41, 30).project(image).sum(axis=1), image.sum(), rtol=1e-5)


def test_nothing_is_seen_outside_the_disk():
    projector = parallel_projector(24, 10)
    corner = np.where(projector.seen(), 0, 1).astype(np.float32)
    assert corner.sum() > 100
    assert not projector.project(corner).any()
    assert not projector.backproject(np.ones(projector.sinogram_shape))[~projector.seen()].any()


def test_folding_changes_nothing_but_the_memory():
    image = blocks()
    whole, folded = parallel_projector(41, 36), parallel_projector(41, 36, fold=True)
    assert folded.matrix.nnz == pytest.approx(whole.matrix.nnz / 2, rel=0.02)
    np.testing.assert_allclose(folded.project(image), whole.project(image), atol=1e-4)
    y = np.random.default_rng(3).random(whole.sinogram_shape)
    np.testing.assert_allclose(folded.backproject(y), whole.backproject(y), atol=1e-4)


def test_a_subset_has_its_own_views():
    projector = parallel_projector(41, 12)
    np.testing.assert_array_equal(projector.subset(1, 4).project(blocks()), projector.project(blocks())[1::4])
    np.testing.assert_array_equal(projector.subset(1, 4).angles_deg, [15, 75, 135])
    with pytest.raises(ValueError, match="fold=False"):
        parallel_projector(41, 36, fold=True).subset(0, 2)


def test_projectors_are_made_once():
    assert parallel_projector(41, 12) is parallel_projector(41, 12)


@pytest.mark.parametrize(
    ("size", "views", "fold", "words"),
    [(4, 10, False, "size: expected at least 8"), (24, 0, False, "views: expected"), (24, 9, True, "an even number")],
)
def test_impossible_scans_are_answered(size, views, fold, words):
    with pytest.raises(ValueError, match=words):
        parallel_projector(size, views, fold=fold)
    assert parallel_projector(8, 1).sinogram_shape == (1, 8)


def test_another_grid_is_answered():
    with pytest.raises(ValueError, match=r"image: expected shape \(24, 24\).*got \(25, 24\)"):
        parallel_projector(24, 10).project(np.zeros((25, 24)))
    with pytest.raises(ValueError, match=r"sinogram: expected shape \(10, 24\)"):
        parallel_projector(24, 10).backproject(np.zeros((24, 10)))


def test_the_field_of_view_is_shared_and_cannot_be_written():
    seen = field_of_view(9)
    assert seen is field_of_view(9) and not seen.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        seen[0, 0] = True


def test_what_touches_the_first_and_the_last_bin_is_kept():
    full = field_of_view(24).astype(np.float32)
    for fold in (False, True):
        sinogram = parallel_projector(24, 30, fold=fold).project(full)
        np.testing.assert_allclose(sinogram.sum(axis=1), full.sum(), rtol=1e-6)
        assert sinogram[:, [0, -1]].max() > 0.01
