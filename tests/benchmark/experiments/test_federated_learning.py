"""Who trains with whom, and what an arm hands to whom; the shipped table is asked for in `test_experiments`."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.benchmark.experiments.federated_learning import CENTERS, arms, cases  # noqa: E402
from medfuse_course.benchmark.experiments.federated_learning.network import Segmenter  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402


def test_patients_that_are_dealt_anew_are_all_patients_once_in_the_same_numbers():
    plain, dealt = (arms._clients(arms.ARMS[name], CENTERS) for name in ("fedavg", "fedavg_dealt"))
    assert [c.cases for c in plain] == [c.cases for c in dealt] == [40, 16, 8, 4]
    everybody = [sorted(p for client in clients for p in client.data.patients) for clients in (plain, dealt)]
    assert everybody[0] == everybody[1] and len(set(everybody[1])) == 68
    assert len({center for center, _ in dealt[0].data.patients}) == 4
    (pile,) = arms._clients(arms.ARMS["pooled"], CENTERS)
    assert sorted(pile.data.patients) == everybody[0]


def test_normalization_that_is_measured_has_the_mean_and_variance_of_what_it_sees():
    torch.manual_seed(0)
    layer = torch.nn.Sequential(torch.nn.BatchNorm2d(2))
    weights = [p.clone() for p in layer.parameters()]
    images = torch.randn(3, 2, 8, 8) * 4 + 7
    arms.measure_normalization(layer, images)
    torch.testing.assert_close(layer[0].running_mean, images.mean((0, 2, 3)))
    torch.testing.assert_close(layer[0].running_var, images.var((0, 2, 3)))
    assert layer[0].momentum == 0.1 and all(torch.equal(p, w) for p, w in zip(layer.parameters(), weights, strict=True))


def test_the_network_is_small_and_ends_on_the_grid_it_was_given():
    network = Segmenter()
    assert sum(p.numel() for p in network.parameters()) <= 30_000
    assert network(torch.zeros(2, 2, 16, 20)).shape == (2, 1, 16, 20)


def test_patches_repeat_and_keep_the_mask_where_its_lesion_is(monkeypatch):
    bright = np.zeros((2, 64, 64), np.float32)
    bright[1, 26:30, 40:44] = 1
    found = cases.Slice(bright, bright[1] > 0, np.argwhere(bright[1] > 0))
    monkeypatch.setattr(cases, "slice_of", lambda *_: found)
    data, budget = cases.CenterPatches((("A", 1),), near=1.0), Budget(1, batch=6, patch=32)
    first, again, other = (data.batch(seed, 0, budget, slice(None)) for seed in (0, 0, 1))
    assert torch.equal(first["images"], again["images"]) and not torch.equal(first["images"], other["images"])
    assert torch.equal(first["images"][:, 1:], first["mask"]) and first["mask"].sum() == 6 * 16
