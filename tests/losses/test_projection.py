"""Terms from the physics of PET: against hand calculation, finite differences and the NumPy projector."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import attenuation_closure, project, projection_consistency, uptake_outside  # noqa: E402
from medfuse_course.physics import parallel_projector, survival  # noqa: E402

SMALL = parallel_projector(8, 6)


def images(seed, count=2, size=8):
    return torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_lines_are_those_of_the_numpy_projector_and_gradients_are_backprojections():
    x = images(0).float().requires_grad_()
    lines = project(x, SMALL)
    np.testing.assert_allclose(lines[1].detach(), SMALL.project(x[1, 0].detach().numpy()), rtol=1e-5)
    weights = torch.rand(lines.shape, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((weights * lines).sum(), x)
    np.testing.assert_allclose(gradient[1, 0], SMALL.backproject(weights[1].numpy()), rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_finite_differences():
    counts = torch.poisson(20 * torch.ones(2, 6, 8), generator=torch.Generator().manual_seed(2)).double()
    efficiency = 4 + torch.rand(2, 6, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    x, mu, air = images(4).requires_grad_(), 0.01 * images(5), (images(6) > 0.5).double()

    def consistency(f):
        return projection_consistency(f, counts, efficiency, SMALL, background=0.5)

    assert torch.autograd.gradcheck(consistency, (x,))
    assert torch.autograd.gradcheck(lambda m: attenuation_closure(0.01 * m, mu, SMALL, spacing_mm=6.4), (x,))
    assert torch.autograd.gradcheck(lambda f: uptake_outside(f, air), (x,))


def test_without_noise_the_truth_costs_nothing_and_is_at_rest():
    """Also with counts from elsewhere, and where another factor would give the same sum."""
    truth = images(7).requires_grad_()
    passed = torch.from_numpy(survival(0.01 * images(8)[0, 0].numpy(), SMALL, 6.4)).expand(2, 6, 8).double()
    for background in (0.0, 3.0):
        counts = (100 * passed * project(truth, SMALL) + background).detach()
        loss = projection_consistency(truth, counts, 100 * passed, SMALL, background=background)
        (gradient,) = torch.autograd.grad(loss, truth)
        assert abs(loss.item()) < 1e-12
        assert gradient.abs().max() < 1e-12
        assert projection_consistency(1.1 * truth, counts, 100 * passed, SMALL, background=background) > 1e-4


@pytest.mark.parametrize("n", [3, 1])
def test_half_a_deviance_by_hand(n):
    """One line of expectation 2 and n counts: 2 - n + n log(n / 2), over the counts of all lines."""
    x = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    counts = torch.zeros(1, 6, 8, dtype=torch.float64)
    counts[0, 2, 3], background = n, torch.zeros(1, 6, 8, dtype=torch.float64)
    background[0, 2, 3] = 2.0
    found = projection_consistency(x, counts, torch.ones_like(counts), SMALL, background=background)
    assert found.item() == pytest.approx((2 - n + n * np.log(n / 2)) / n)


def test_where_nothing_is_expected_and_something_was_counted_the_gradient_asks_for_more():
    x = torch.zeros(1, 1, 8, 8, requires_grad=True)
    loss = projection_consistency(x, torch.ones(1, 6, 8), torch.ones(1, 6, 8), SMALL)
    (gradient,) = torch.autograd.grad(loss, x)
    assert loss.item() == pytest.approx(-1 - np.log(1e-3)), "as if a thousandth of a count were expected"
    assert (gradient[0, 0, 3:5, 3:5] < -1).all()


def test_uptake_outside_is_a_mean_over_the_air():
    x, air = torch.zeros(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    x[0, 0, 0] = torch.tensor([3.0, 5.0])
    air[0, 0, 0, 0] = air[0, 0, 1, 0] = 1  # the second image has no air
    x[2], air[2, 0, 1, 1] = 4.0, 1
    assert uptake_outside(x, air).item() == pytest.approx((1.5 + 0 + 4) / 3)


def test_a_wrong_size_and_a_folded_projector_are_refused():
    with pytest.raises(ValueError, match=r"image: expected \(N, 1, 8, 8\) for this projector, got \(2, 1, 9, 9\)"):
        project(torch.zeros(2, 1, 9, 9), SMALL)
    with pytest.raises(ValueError, match="fold=False"):
        project(torch.zeros(1, 1, 8, 8), parallel_projector(8, 6, fold=True))
