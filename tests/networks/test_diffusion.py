"""Adding noise by a schedule and taking it away: against steps taken one by one, and against a denoiser that knows."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.denoiser import Denoiser, PointDiffusion, time_code  # noqa: E402
from medfuse_course.networks.diffusion import (  # noqa: E402
    clean_of,
    linear_schedule,
    noise_of,
    noised,
    spaced,
    step_down,
    walk_down,
)

SCHEDULE = linear_schedule()


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_schedule_falls_from_nearly_all_to_nearly_nothing():
    assert len(SCHEDULE) == 200 and (SCHEDULE.diff() < 0).all()
    assert SCHEDULE[0] == pytest.approx(1 - 5e-4) and 0 < SCHEDULE[-1] < 1e-4
    assert SCHEDULE[1] == pytest.approx((1 - 5e-4) * (1 - (1e-4 + 0.0199 / 199) * 5), rel=1e-6)
    with pytest.raises(ValueError, match="times: expected 21 or more"):
        linear_schedule(20)


@pytest.mark.parametrize("time", [0, 60, 199])
def test_one_jump_has_mean_and_variance_of_all_steps_to_there(time):
    """Against the walk itself: ``x = sqrt(1 - beta) x + sqrt(beta) noise``, a step for each time."""
    kept = torch.cat([torch.ones(1), SCHEDULE])
    alphas = kept[1:] / kept[:-1]
    x = torch.full((200_000,), 0.7)
    for step in range(time + 1):
        x = alphas[step].sqrt() * x + (1 - alphas[step]).sqrt() * normal(200_000, seed=step)
    jump = noised(torch.full((200_000,), 0.7), normal(200_000, seed=999), SCHEDULE[time])
    for draws in (x, jump):
        assert draws.mean() == pytest.approx(0.7 * float(SCHEDULE[time]) ** 0.5, abs=0.01)
        assert draws.var() == pytest.approx(1 - float(SCHEDULE[time]), rel=0.02)


def test_the_right_noise_gives_the_image_and_the_right_image_the_noise():
    clean, noise = normal(2, 1, 8, 8, seed=1).double(), normal(2, 1, 8, 8, seed=2).double()
    for kept in SCHEDULE[[0, 100, 199]]:
        x = noised(clean, noise, kept)
        torch.testing.assert_close(clean_of(x, noise, kept), clean, atol=1e-9, rtol=0)
        torch.testing.assert_close(noise_of(x, clean, kept), noise, atol=1e-9, rtol=0)


def test_steps_are_spread_over_all_times_and_too_many_are_refused():
    assert spaced(200, 5) == [199, 149, 100, 50, 0] and spaced(200, 1) == [199] and spaced(200, 200)[:2] == [199, 198]
    for steps in (0, 201, 2.0, True):
        with pytest.raises(ValueError, match="steps: expected a whole number from 1 to 200"):
            spaced(200, steps)


def test_a_denoiser_that_knows_ends_at_the_image_whatever_the_steps():
    clean, start = normal(1, 1, 8, 8, seed=3), normal(1, 1, 8, 8, seed=4)
    for steps, eta in ((1, 0.0), (7, 0.0), (7, 1.0)):
        torch.testing.assert_close(walk_down(start, lambda x, t: clean, SCHEDULE, steps, eta=eta), clean)


def test_without_eta_the_start_decides_all_and_with_it_it_does_not():
    start = normal(4, 2, seed=5)
    shrunk = lambda x, t: 0.5 * x  # noqa: E731
    torch.manual_seed(0)
    one, two = (walk_down(start, shrunk, SCHEDULE, 10) for _ in range(2))
    assert torch.equal(one, two)
    one, two = (walk_down(start, shrunk, SCHEDULE, 10, eta=1.0) for _ in range(2))
    assert not torch.allclose(one, two)


def test_a_step_keeps_the_distribution_for_any_eta_and_eta_1_adds_what_ddpm_adds():
    """Of an image that is known, ``x`` at the earlier time must again have mean and variance of the schedule."""
    early, late = float(SCHEDULE[80]), float(SCHEDULE[81])
    clean = torch.full((200_000,), 0.4)
    for eta in (0.0, 0.5, 1.0):
        x = noised(clean, normal(200_000, seed=6), late)
        down = step_down(x, clean, late, early, eta, normal(200_000, seed=7))
        assert down.mean() == pytest.approx(0.4 * early**0.5, abs=0.01)
        assert down.var() == pytest.approx(1 - early, rel=0.02)
    x = noised(clean, normal(200_000, seed=6), late)
    added = step_down(x, clean, late, early, 1.0, normal(200_000, seed=7)) - step_down(
        x, clean, late, early, 1.0, torch.zeros(200_000)
    )
    assert added.var() == pytest.approx((1 - late / early) * (1 - early) / (1 - late), rel=0.02)


def test_a_fresh_denoiser_says_the_same_of_all_and_keeps_the_shape():
    network, x = Denoiser((8, 16), middle=1), normal(2, 1, 12, 8)
    assert network.multiple == 4
    seen = network(x, torch.tensor([0.0, 0.5]))
    assert seen.shape == x.shape and torch.equal(seen, network(1 - x, torch.tensor([0.9, 0.1])))
    codes = time_code(torch.arange(200) / 200)
    assert codes.shape == (200, 64) and torch.cdist(codes, codes).fill_diagonal_(9).min() > 0.1


def test_points_come_from_noise_alone():
    network, noise = PointDiffusion(width=8, layers=2, steps=4), normal(5, 2)
    assert network(noise).shape == (5, 2) and torch.equal(network(noise), network(noise))
