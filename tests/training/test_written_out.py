"""The loop against training written out in PyTorch: its own schedulers, its own clipping, an average by hand."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR  # noqa: E402

from medfuse_course.training import Budget, FusionStep, Phase, train  # noqa: E402
from tests.training.tiny import recipe  # noqa: E402

STEPS, RISE, RATE, DECAY = 60, 3, 1e-2, 0.99


class Mix(nn.Module):
    """One filter, without dropout."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(2, 1, 3, padding=1)

    def forward(self, a, b):
        return self.mix(torch.cat([a, b], dim=1))


def steep(f, a, b):
    """So large at first that the norm of its gradient is above 1, and below it later."""
    return {"max": 3 * (f - torch.maximum(a, b)).pow(2).mean()}


def written_out(one, budget):
    """The averaged weights, and the norms before they were clipped."""
    torch.manual_seed(0)
    network = Mix()
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    rise = LinearLR(optimizer, 1 / RISE, 1, total_iters=RISE - 1)
    schedule = SequentialLR(optimizer, [rise, CosineAnnealingLR(optimizer, STEPS - RISE)], [RISE])
    means, norms = [p.detach().clone() for p in network.parameters()], []
    for number in range(STEPS):
        batch = one.data.batch(0, number, budget, slice(None))
        optimizer.zero_grad()
        sum(steep(network(batch["a"], batch["b"]), batch["a"], batch["b"]).values()).backward()
        norms.append(nn.utils.clip_grad_norm_(network.parameters(), 1.0).item())
        optimizer.step()
        schedule.step()
        keep = min(DECAY, (number + 1) / (number + 11))
        means = [keep * mean + (1 - keep) * p.detach() for mean, p in zip(means, network.parameters(), strict=True)]
    return means, norms


def test_the_loop_is_adam_with_clipping_warm_up_half_a_cosine_and_an_average():
    """By default: gradients are clipped to a norm of 1, the rate rises over a twentieth of the steps."""
    budget, told = Budget(STEPS, batch=4, patch=12, check_every=20), []
    one = recipe(network=Mix, phases=(Phase("max", lambda network: FusionStep(network, steep), 1, RATE),),
                 budgets=budget, average=DECAY, keep="last")  # fmt: skip
    means, norms = written_out(one, budget)
    assert max(norms) > 1.5 and min(norms) < 0.7, "clipped at first, and not at the end"
    trained = train(one, profile="smoke", callbacks=[told.append])
    for ours, theirs in zip(trained.network.parameters(), means, strict=True):
        torch.testing.assert_close(ours.detach(), theirs, rtol=1e-4, atol=1e-5)
    assert [record.gradients["network"] for record in told] == pytest.approx(norms, rel=1e-3)
