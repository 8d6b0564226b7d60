"""What is DDFM's own: its likelihood step against a solver and by hand, what the walk is made of, what decides it."""

import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from scipy.sparse import coo_array, eye_array  # noqa: E402
from scipy.sparse.linalg import spsolve  # noqa: E402

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import fuse, get_method  # noqa: E402
from medfuse_course.methods.remedies.em_step import Memory, difference, em_step, smoothed  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.training.data.scaled_slices import ScaledSlices, shrink  # noqa: E402


def images(count, height=6, width=9, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(rng.uniform(-1, 1, (1, 1, height, width))) for _ in range(count)]


def circular(height, width, side):
    """The matrix of `difference` on raveled images."""
    at = np.arange(height * width).reshape(height, width)
    after = np.roll(at, -1, side).ravel()
    ones = np.ones(at.size)
    plus = coo_array((ones, (at.ravel(), after)), shape=(at.size,) * 2)
    return (plus - eye_array(at.size)).tocsr()


@pytest.mark.parametrize("size", [(6, 9), (8, 8), (7, 4)])
def test_the_smooth_copy_is_that_of_a_direct_solver(size):
    image, across, down = images(3, *size)
    d_x, d_y = (circular(*size, side) for side in (1, 0))
    np.testing.assert_allclose(d_x @ image.ravel().numpy(), difference(image, -1).ravel(), atol=1e-12)
    matrix = (eye_array(image.numel()) + d_x.T @ d_x + d_y.T @ d_y).tocsc()
    right = image.ravel().numpy() + d_x.T @ across.ravel().numpy() + d_y.T @ down.ravel().numpy()
    np.testing.assert_allclose(smoothed(image, across, down).ravel(), spsolve(matrix, right), atol=1e-12)


def test_a_step_is_that_of_the_formulas_by_hand():
    """Twice, so that what the first hands to the second counts; H from the solver above."""
    guess, i, v = images(3, seed=1)
    d_x, d_y = (circular(6, 9, side) for side in (1, 0))
    solve = lambda right: spsolve((eye_array(54) + d_x.T @ d_x + d_y.T @ d_y).tocsc(), right)  # noqa: E731
    f, a, b = (x.ravel().numpy() for x in (guess, i, v))
    tau_a = tau_b = 1.0
    f1 = f2 = np.zeros(54)
    memory = Memory.fresh(i)
    for _ in range(2):
        y, x = a - b, f - b
        c = np.sqrt(2 / tau_a / ((y - x) ** 2 + 1e-6))
        d = np.minimum(np.sqrt(2 / tau_b / (x**2 + 1e-6)), 2 * c)
        tau_a, tau_b = np.mean(1 / c + tau_a / 2), np.mean(1 / d + tau_b / 2)
        h = solve(y - x + d_x.T @ f1 + d_y.T @ f2)
        f1, f2 = (0.001 / 1.001 * (matrix @ h) for matrix in (d_x, d_y))
        f = a - (2 * c * y + 0.001 * (y - h)) / (2 * c + 2 * d + 0.001)
        guess, memory = em_step(guess, i, v, memory)
        np.testing.assert_allclose(guess.ravel(), f, atol=1e-12)


def test_as_released_a_guess_at_one_source_comes_back_near_the_other():
    i, v = images(2, 16, 16, seed=2)
    apart = (i - v).abs() > 0.3
    share = {
        (start, likelihood): ((em_step(guess, i, v, Memory.fresh(i), likelihood)[0] - v) / (i - v))[apart].mean()
        for start, guess in (("i", i), ("v", v))
        for likelihood in ("released", "straight")
    }
    assert share["i", "released"] < 0.01 and share["i", "straight"] > 0.99
    assert share["v", "released"] == pytest.approx(2 / 3, abs=0.01)  # as near to i as D <= 2 C allows
    assert share["v", "straight"] == pytest.approx(1 / 3, abs=0.01)
    with pytest.raises(ValueError, match="unknown likelihood 'straightt'; did you mean 'straight'"):
        em_step(i, i, v, Memory.fresh(i), "straightt")


def test_between_the_sources_the_definition_leaves_a_guess_and_the_released_line_mirrors_it():
    """``|i - f| + |f - v|`` is the same for all of them, so a likelihood of equal scales has no wish there."""
    share = torch.linspace(0.34, 1, 12, dtype=torch.float64)[None, None, None]
    i, v = torch.full_like(share, 0.9), torch.full_like(share, 0.1)
    made = {name: (em_step(v + share * (i - v), i, v, Memory.fresh(i), name)[0] - v) / (i - v)
            for name in ("straight", "released")}  # fmt: skip
    np.testing.assert_allclose(made["straight"], share, atol=2e-3)
    np.testing.assert_allclose(made["released"], 1 - share, atol=2e-3)


def test_64_pixels_and_25_steps_take_less_than_10_seconds():
    a, b = np.random.default_rng(0).random((2, 64, 64), dtype=np.float32)
    started = time.process_time()
    fuse(a, b, "ddfm", steps=25)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("likelihood", ["released", "straight"])
def test_equal_sources_come_back(likelihood):
    image = load_pair("head/mri-ct", seed=5).a[100:140, 60:100]
    np.testing.assert_allclose(fuse(image, image, "ddfm", steps=5, likelihood=likelihood), image, atol=1e-3)


def test_seed_and_eta_decide_what_is_drawn_and_steps_how_often_the_network_is_asked(monkeypatch):
    pair = load_pair("head/mri-ct", seed=5)
    a, b = pair.a[100:140, 60:100], pair.b[100:140, 60:100]
    drawn = {(seed, eta): fuse(a, b, "ddfm", steps=3, seed=seed, eta=eta) for seed in (0, 1) for eta in (0.0, 1.0)}
    assert np.array_equal(drawn[0, 0.0], fuse(a, b, "ddfm", steps=3, seed=0, eta=0.0))
    assert np.array_equal(drawn[0, 1.0], fuse(a, b, "ddfm", steps=3, seed=0, eta=1.0))
    values = list(drawn.values())
    assert all(not np.array_equal(values[k], values[j]) for k in range(4) for j in range(k))
    network, asked = load_network(get_method("ddfm")).cpu(), []
    network.denoiser.register_forward_hook(lambda *_: asked.append(1))
    with torch.inference_mode():
        network(*torch.rand(2, 1, 1, 16, 16), steps=7)
        assert len(asked) == 7
        assert network.imagine(2, 16, steps=2).shape == (2, 1, 16, 16)


def test_slices_for_the_prior_are_whole_or_parts_and_none_is_of_validation():
    from medfuse_course.training import Budget

    budget = Budget(steps=1, batch=6, patch=32, pool=3)
    batch = ScaledSlices().batch(0, 0, budget, slice(0, 6))["clean"]
    assert batch.shape == (6, 1, 32, 32) and batch.dtype == torch.float32 and 0 <= batch.min() <= batch.max() <= 1
    assert torch.equal(batch[2:4], ScaledSlices().batch(0, 0, budget, slice(2, 4))["clean"])
    np.testing.assert_array_equal(shrink(np.arange(20, dtype="f4").reshape(4, 5), 2), [[3, 5], [13, 15]])
    with pytest.raises(ValueError, match=r"whole: expected a share in \[0, 1\], got 2"):
        ScaledSlices(whole=2)
