"""The promises of MLEM: it counts, it never goes negative, it climbs."""

import numpy as np
import pytest

from medfuse_course.physics import mlem, parallel_projector, poisson_counts, poisson_log_likelihood
from tests.physics.test_projector import disk

SIZE, VIEWS = 48, 40


@pytest.fixture(scope="module")
def scan():
    projector = parallel_projector(SIZE, VIEWS)
    image = disk(SIZE, 18) + 3 * np.roll(disk(SIZE, 4), (5, 6), axis=(0, 1))
    rng = np.random.default_rng(0)
    efficiency = rng.uniform(0.2, 1, projector.sinogram_shape).astype(np.float32)
    expected = efficiency * projector.project(image)
    counts = poisson_counts(expected, float(expected.sum()) * 2, seed=1)
    return projector, image, efficiency, expected, counts


@pytest.mark.parametrize("iterations", [1, 2, 7])
def test_every_iteration_expects_as_many_counts_as_were_measured(scan, iterations):
    projector, _, efficiency, _, counts = scan
    image = mlem(counts, projector, efficiency=efficiency, iterations=iterations)
    assert (efficiency * projector.project(image)).sum(dtype=np.float64) == pytest.approx(counts.sum(), rel=1e-5)
    assert image.min() >= 0
    assert not image[~projector.seen()].any()


def test_the_likelihood_never_falls(scan):
    projector, _, efficiency, _, counts = scan
    image, likelihood = None, []
    for _ in range(15):
        image = mlem(counts, projector, efficiency=efficiency, iterations=1, start=image)
        likelihood.append(poisson_log_likelihood(counts, image, projector, efficiency))
    assert (np.diff(likelihood) > 0).all()


def test_one_step_by_hand(scan):
    projector, _, efficiency, _, counts = scan
    start = np.where(projector.seen(), 1.5, 0)
    a, y, e = projector.matrix.toarray().astype(np.float64), counts.ravel(), efficiency.ravel()
    x = start.ravel()
    mean = e * (a @ x)
    ratio = np.divide(y, mean, out=np.zeros_like(mean), where=mean > 0)
    expected = np.divide(x * (a.T @ (e * ratio)), a.T @ e, out=np.zeros_like(x), where=a.T @ e > 0)
    found = mlem(counts, projector, efficiency=efficiency, iterations=1, start=start)
    np.testing.assert_allclose(found, expected.reshape(SIZE, SIZE), rtol=1e-4, atol=1e-6)


def test_one_step_by_hand_with_a_background(scan):
    projector, _, efficiency, _, counts = scan
    start = np.where(projector.seen(), 1.5, 0)
    beside = np.linspace(0, 9, counts.size).reshape(counts.shape)
    a, y, e, b = projector.matrix.toarray().astype(np.float64), counts.ravel(), efficiency.ravel(), beside.ravel()
    x = start.ravel()
    mean = e * (a @ x) + b
    ratio = np.divide(y, mean, out=np.zeros_like(mean), where=mean > 0)
    expected = np.divide(x * (a.T @ (e * ratio)), a.T @ e, out=np.zeros_like(x), where=a.T @ e > 0)
    found = mlem(counts, projector, efficiency=efficiency, background=beside, iterations=1, start=start)
    np.testing.assert_allclose(found, expected.reshape(SIZE, SIZE), rtol=1e-4, atol=1e-6)


def test_the_truth_is_a_fixed_point(scan):
    projector, image, efficiency, expected, _ = scan
    truth = np.where(projector.seen(), image, 0)
    found = mlem(expected, projector, efficiency=efficiency, iterations=3, start=truth)
    np.testing.assert_allclose(found, truth, atol=2e-4)


def test_osem_is_as_far_as_mlem_in_fewer_iterations(scan):
    projector, image, efficiency, expected, _ = scan
    slow = mlem(expected, projector, efficiency=efficiency, iterations=20)
    fast = mlem(expected, projector, efficiency=efficiency, iterations=4, subsets=5)
    error = [np.sqrt(np.mean((found - image)[projector.seen()] ** 2)) for found in (slow, fast)]
    assert error[1] == pytest.approx(error[0], rel=0.1)
    assert np.abs(fast - slow).max() < 0.25 * image.max()
    np.testing.assert_array_equal(
        mlem(expected, projector, iterations=2, subsets=1), mlem(expected, projector, iterations=2)
    )


@pytest.mark.parametrize("subsets", [2, 4])
def test_a_pass_over_subsets_is_a_step_with_each(scan, subsets):
    projector, _, _, expected, _ = scan
    image = mlem(expected, projector, iterations=1)
    found = mlem(expected, projector, iterations=1, subsets=subsets, start=image)
    for k in range(subsets):
        image = mlem(expected[k::subsets], projector.subset(k, subsets), iterations=1, start=image)
    np.testing.assert_allclose(found, image, rtol=1e-5, atol=1e-6)


def test_nothing_counted_gives_nothing(scan):
    projector = scan[0]
    assert mlem(np.zeros(projector.sinogram_shape), projector).max() < 1e-6


@pytest.mark.parametrize(("options", "words"), [
    ({"subsets": 7}, "divisor of the 40 views"), ({"iterations": 0}, "iterations: expected at least 1"),
    ({"efficiency": -np.ones((40, 48))}, "efficiency: expected finite values >= 0"),
    ({"start": np.ones((3, 3))}, "start: expected shape"),
])  # fmt: skip
def test_impossible_reconstructions_are_answered(scan, options, words):
    with pytest.raises(ValueError, match=words):
        mlem(scan[4], scan[0], **options)


def test_bins_that_see_nothing_say_nothing(scan):
    projector, _, efficiency, _, _ = scan
    rng = np.random.default_rng(3)
    dead = efficiency * (rng.random(efficiency.shape) > 0.2)
    counts = rng.poisson(20 * dead + 1).astype(np.float32)
    image = mlem(counts, projector, efficiency=dead, background=np.ones_like(counts), iterations=3)
    assert np.isfinite(image).all() and image.max() > 0
