"""Rates and averages, by hand."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.training.schedules import constant, half_then_linear, moving_average, warmup_cosine  # noqa: E402


def rates(schedule, steps):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler, seen = schedule(optimizer, steps), []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def test_rates_rise_over_a_twentieth_and_fall_along_half_a_cosine():
    seen = rates(warmup_cosine, 40)
    assert seen[:3] == [1.0, 2.0, 2.0]
    assert seen[2 + 19] == pytest.approx(1.0)
    assert 0 < seen[-1] < 0.01
    assert seen[2:] == sorted(seen[2:], reverse=True)


def test_a_constant_rate_stays():
    assert rates(constant, 3) == [2.0] * 3


def test_half_the_steps_keep_the_rate_and_the_rest_fall_along_a_line():
    assert rates(half_then_linear, 8) == [2.0] * 5 + [1.5, 1.0, 0.5]


def test_a_young_average_forgets_faster_and_buffers_are_copied():
    """By hand: decay 1/11 in the first step, 2/12 in the second, then the one that was asked for."""
    network = nn.BatchNorm1d(1)
    average = moving_average(network, 0.15)
    with torch.no_grad():
        network.weight.fill_(12.0)
    network.running_mean.fill_(5.0)
    average.update_parameters(network)
    assert average.module.weight.item() == pytest.approx(1 / 11 + 12 * 10 / 11)
    assert average.module.running_mean.item() == 5.0
    with torch.no_grad():
        network.weight.fill_(0.0)
    before = average.module.weight.item()
    average.update_parameters(network)
    assert average.module.weight.item() == pytest.approx(0.15 * before)
