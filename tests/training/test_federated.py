"""Federations on tiny networks: what must be equal to the last bit, what must lie between, what must stay at home."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import Tensor, nn  # noqa: E402

from medfuse_course.training import Budget, Phase, Recipe, constant, train  # noqa: E402
from medfuse_course.training.federated import (  # noqa: E402
    Client,
    Strategy,
    aggregate,
    batch_norm_tensors,
    federate,
    weighted_mean,
)
from medfuse_course.training.privacy import clipped, privacy_loss  # noqa: E402
from medfuse_course.training.steps import LossStep  # noqa: E402


class Line(LossStep[nn.Module]):
    """Points on a line, by their squared distance."""

    def losses(self, batch):
        return {"mse": (self.network(batch["x"]) - batch["y"]).square().mean()}


@dataclass(frozen=True)
class Points:
    """A center's points: as many as a batch is large, all of them in each, or others in each."""

    first: int = 0
    count: int = 8
    same: bool = False

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        random = torch.Generator().manual_seed(100 + (0 if self.same else 1000 * seed + number))
        x = torch.randn(64, 3, 4, 4, generator=random)[self.first : self.first + self.count]
        return {"x": x, "y": x.mean(1, keepdim=True) + 0.3 * self.first}

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        return self.batch(0, 0, budget, slice(None))


def build(norm=True):
    middle = [nn.BatchNorm2d(5)] if norm else []
    return nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), *middle, nn.ReLU(), nn.Conv2d(5, 1, 1))


def recipe(steps, norm=True, **changes):
    phase = Phase("line", partial(Line, optimizer=partial(torch.optim.SGD, lr=0.1)))
    values = {"slug": "line", "network": partial(build, norm), "data": Points(), "phases": (phase,), "keep": "last",
              "budgets": Budget(steps, batch=8, check_every=99), "schedule": constant, "clip": None}  # fmt: skip
    return Recipe(**(values | changes))


def last(*args, **kwargs):
    *_, end = federate(*args, **kwargs)
    return end


def close(one, other, **tolerance):
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name], other[name], **tolerance)


@pytest.mark.parametrize("strategy", [Strategy(), Strategy(stays=batch_norm_tensors)])
def test_one_client_equals_plain_training_bit_for_bit(strategy):
    plain = train(recipe(12), seed=3, profile="smoke").whole.state_dict()
    end = last(recipe(4), [Client("one", Points(), 7)], 3, strategy, seed=3, profile="smoke")
    close(end.networks["one"], plain, rtol=0, atol=0)
    assert int(plain["1.num_batches_tracked"]) == 12


@pytest.mark.parametrize("strategy", [Strategy(), Strategy(proximal=5.0)])
def test_identical_clients_with_one_full_batch_step_equal_the_pooled_step(strategy):
    everything = train(recipe(1), data=Points(0, 8, True), profile="smoke").whole.state_dict()
    same = [Client(f"center {k}", Points(0, 8, True), 8) for k in range(3)]
    close(last(recipe(1), same, 1, strategy, profile="smoke").shared, everything)


def test_clients_with_different_points_equal_the_pooled_step_when_weighted_by_cases():
    class Union(Points):
        def batch(self, *args):
            parts = [Points(0, 2, True).batch(*args), Points(2, 6, True).batch(*args)]
            return {name: torch.cat([part[name] for part in parts]) for name in ("x", "y")}

    pooled = train(recipe(1, norm=False), data=Union(), profile="smoke").whole.state_dict()
    apart = [Client("small", Points(0, 2, True), 2), Client("large", Points(2, 6, True), 6)]
    close(last(recipe(1, norm=False), apart, 1, profile="smoke").shared, pooled)


def test_the_aggregate_is_a_convex_combination_also_of_whole_numbers():
    torch.manual_seed(0)
    states = [{"w": torch.randn(50), "n": torch.randint(0, 9, (20,))} for _ in range(4)]
    mean = weighted_mean(states, [4, 10, 20, 40])
    for name, kind in (("w", torch.float32), ("n", torch.int64)):
        stack = torch.stack([state[name] for state in states])
        assert mean[name].dtype == kind
        assert (mean[name] >= stack.amin(0)).all() and (mean[name] <= stack.amax(0)).all()
    by_hand = weighted_mean([{"w": torch.tensor([1.0]), "n": torch.tensor(3)},
                             {"w": torch.tensor([4.0]), "n": torch.tensor(8)}], [1, 3])  # fmt: skip
    assert (float(by_hand["w"]), int(by_hand["n"])) == (3.25, 7)


def test_batch_normalization_that_stays_is_not_sent_and_differs_between_centers():
    clients = [Client("near", Points(0, 8)), Client("far", Points(8, 8))]
    both, own = (last(recipe(2), clients, 2, Strategy(stays=s), profile="smoke")
                 for s in (lambda network: (), batch_norm_tensors))  # fmt: skip
    assert own.sent == both.sent - 2 * 2 * 2 * (4 * 5 * 4 + 8)  # rounds, down and up, centers; four vectors, a counter
    assert not any(name.startswith("1.") for name in own.shared)
    near, far = (own.networks[client.name] for client in clients)
    assert torch.equal(near["0.weight"], far["0.weight"])
    assert not torch.equal(near["1.running_mean"], far["1.running_mean"])
    assert all(torch.equal(both.networks["near"][name], both.networks["far"][name]) for name in near)


def test_the_proximal_term_holds_a_center_near_what_all_share():
    ends = [last(recipe(8), [Client("one", Points())], 1, Strategy(proximal=mu), profile="smoke").shared
            for mu in (0.0, 1.0, 4.0)]  # fmt: skip
    torch.manual_seed(0)
    begin = build().state_dict()
    free, held, tight = (sum(float((end[n] - begin[n]).square().sum()) for n in ("0.weight", "3.weight"))
                         for end in ends)  # fmt: skip
    assert free > held > tight > 0
    one_step = recipe(1)  # at its start the term is flat: the first step is FedAvg's
    close(*(last(one_step, [Client("one", Points())], 1, Strategy(proximal=mu), profile="smoke").shared
            for mu in (0.0, 4.0)))  # fmt: skip


def test_an_update_is_clipped_as_one_vector_and_noise_has_the_size_it_says():
    shared = {"w": torch.zeros(3), "v": torch.zeros(1), "n": torch.tensor(1)}
    update = {"w": torch.tensor([0.0, 3.0, 0.0]), "v": torch.tensor([4.0]), "n": torch.tensor(5)}
    close(
        clipped(shared, update, 1.0), {"w": torch.tensor([0.0, 0.6, 0.0]), "v": torch.tensor([0.8]), "n": update["n"]}
    )
    close(clipped(shared, update, 5.0), update, rtol=0, atol=0)
    big = {"w": torch.zeros(40_000)}
    told = [aggregate(big, [big, big], [1, 3], Strategy(clip=2.0, noise=0.5), torch.Generator().manual_seed(k))["w"]
            for k in (0, 0, 1)]  # fmt: skip
    assert torch.equal(told[0], told[1]) and not torch.equal(told[0], told[2])
    assert float(told[0].std()) == pytest.approx(0.5 * 2.0 * 3 / 4, rel=0.02)


def test_the_promise_of_noise():
    # rho = 8 / (2 * 16) = 1/4; 1/4 + 2 sqrt(1/4 * ln(1e5)) = 1/4 + sqrt(11.5129...)
    assert privacy_loss(4.0, 8, 1e-5) == pytest.approx(0.25 + 11.512925464970229**0.5)
    assert privacy_loss(0.0, 1) == float("inf")
    assert privacy_loss(0.0, 0) == 0
    with pytest.raises(ValueError, match="delta"):
        privacy_loss(1.0, 1, 0.0)


@pytest.mark.parametrize("wrong", [{"proximal": -1.0}, {"clip": 0.0}, {"noise": 1.0}])
def test_a_strategy_says_what_is_wrong_with_it(wrong):
    with pytest.raises(ValueError, match="expected"):
        Strategy(**wrong)
