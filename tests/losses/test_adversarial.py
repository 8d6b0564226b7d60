"""The losses of both players against cases computed by hand."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.losses import (  # noqa: E402
    LEAST_SQUARES,
    NON_SATURATING,
    SATURATING,
    WASSERSTEIN,
    gradient_penalty,
)
from medfuse_course.losses.adversarial import least_squares_discriminator, least_squares_generator  # noqa: E402

HOPELESS = -5.0
"""What a discriminator says of a sample that nobody would take for real."""

COUNTS = np.array([[4, 2, 1, 1], [1, 1, 1, 5]])
"""How often data and samples, eight of each, take each of four values."""

P, Q = COUNTS / 8


def said_of(values):
    """What a discriminator says of data and samples that gives each of the four values a number."""
    values = torch.as_tensor(values)
    return [values.repeat_interleave(torch.as_tensor(counts)) for counts in COUNTS]


@pytest.mark.parametrize(
    ("objective", "pull"),
    [
        (SATURATING, -1 / (1 + math.exp(5))),
        (NON_SATURATING, -1 / (1 + math.exp(-5))),
        (LEAST_SQUARES, -6),
        (WASSERSTEIN, -1),
    ],
)
def test_how_hard_a_hopeless_sample_is_pulled(objective, pull):
    said = torch.tensor([HOPELESS], dtype=torch.float64, requires_grad=True)
    objective.generator(said).backward()
    assert said.grad.item() == pytest.approx(pull, rel=1e-12)


@pytest.mark.parametrize(
    ("objective", "discriminator", "generator"),
    [
        (SATURATING, math.log(4), -math.log(2)),
        (NON_SATURATING, math.log(4), math.log(2)),
        (LEAST_SQUARES, 0.5, 0.5),
        (WASSERSTEIN, 0, 0),
    ],
)
def test_what_is_lost_where_nobody_knows(objective, discriminator, generator):
    said = torch.zeros(3, 1, 2, 2)
    assert objective.discriminator(said, said).item() == pytest.approx(discriminator)
    assert objective.generator(said).item() == pytest.approx(generator)


@pytest.mark.parametrize("sure", [1e3, 1e5])
def test_nothing_overflows_where_a_discriminator_is_very_sure(sure):
    high, low = torch.tensor([sure]), torch.tensor([-sure])
    assert NON_SATURATING.discriminator(high, low).item() == 0
    assert NON_SATURATING.discriminator(low, high).item() == pytest.approx(2 * sure)
    assert NON_SATURATING.generator(low).item() == pytest.approx(sure)


def test_the_best_discriminator_measures_the_jensen_shannon_divergence():
    best = torch.as_tensor(np.log(P / Q)).requires_grad_()
    loss = NON_SATURATING.discriminator(*said_of(best))
    assert loss.item() == pytest.approx(math.log(4) - 2 * jensenshannon(P, Q) ** 2)
    loss.backward()
    torch.testing.assert_close(best.grad, torch.zeros(4, dtype=torch.float64))


@pytest.mark.parametrize("distance", [0.01, 1.0, 100.0])
def test_two_points_are_log_2_apart_for_one_game_and_their_distance_for_the_other(distance):
    """Data at 0, samples at the distance; the discriminator is a line of some slope."""
    middle = distance / 2
    slopes = torch.linspace(-1, 1, 201, dtype=torch.float64)
    steep = torch.tensor([100.0 / distance], dtype=torch.float64)
    cross_entropy = NON_SATURATING.discriminator(steep * middle, -steep * middle).item()
    assert math.log(2) - cross_entropy / 2 == pytest.approx(math.log(2))
    gaps = [WASSERSTEIN.discriminator(slope * middle, -slope * middle).item() for slope in slopes]
    assert -min(gaps) == pytest.approx(distance)


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (-1.0, 1.0)])
def test_the_best_discriminator_of_least_squares_is_a_mean_of_the_labels(a, b):
    best = torch.as_tensor((b * P + a * Q) / (P + Q)).requires_grad_()
    least_squares_discriminator(*said_of(best), a=a, b=b).backward()
    torch.testing.assert_close(best.grad, torch.zeros(4, dtype=torch.float64))


def test_least_squares_with_labels_minus_1_1_and_0_is_a_chi_squared_divergence():
    real, fake = said_of((P - Q) / (P + Q))
    both = least_squares_generator(real, c=0) + least_squares_generator(fake, c=0)
    assert 2 * both.item() == pytest.approx(((P - Q) ** 2 / (P + Q)).sum())


@pytest.mark.parametrize("shape", [(2,), (1, 3, 4)])
def test_the_penalty_of_a_linear_critic_is_exact(shape):
    torch.manual_seed(0)
    weight = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    real, fake = torch.randn(2, 5, *shape, dtype=torch.float64)
    penalty = gradient_penalty(lambda x: (x * weight).flatten(1).sum(dim=1), real, fake)
    norm = weight.detach().norm()
    assert penalty.item() == pytest.approx((norm.item() - 1) ** 2)
    penalty.backward()
    torch.testing.assert_close(weight.grad, 2 * (norm - 1) * weight.detach() / norm)


def test_the_penalty_looks_between_the_data_and_the_samples_all_along():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.sum()

    ends = torch.tensor([[0.0, 0.0]]).repeat(1000, 1), torch.tensor([[1.0, 3.0]]).repeat(1000, 1)
    torch.manual_seed(0)
    gradient_penalty(critic, *ends)
    along = seen[0][:, 0]
    torch.testing.assert_close(seen[0][:, 1], 3 * along)
    assert 0 <= along.min() < 0.01 and 0.99 < along.max() <= 1


def test_a_critic_with_the_penalty_comes_near_the_distance_of_sorted_samples():
    """Earth mover's distance on the line: pair the samples in order. Here all of them move to the right, so the best
    critic is a straight line, of slope ``1 + distance / (2 weight)``: the penalty yields a little."""
    torch.manual_seed(0)
    weight, real, fake = 10, torch.randn(200, 1), 0.5 * torch.randn(200, 1) + 3
    exact = (real.sort(dim=0).values - fake.sort(dim=0).values).abs().mean().item()
    critic = nn.Sequential(nn.Linear(1, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(critic.parameters(), 3e-3, betas=(0.5, 0.9))
    for _ in range(200):
        optimizer.zero_grad()
        gap = WASSERSTEIN.discriminator(critic(real), critic(fake))
        (gap + weight * gradient_penalty(critic, real, fake)).backward()
        optimizer.step()
    assert -gap.item() == pytest.approx(exact * (1 + exact / (2 * weight)), rel=0.03)
    assert -gap.item() == pytest.approx(exact, rel=0.2)
