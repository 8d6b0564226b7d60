"""The network with a knob: what holds whatever it has learned, its loss by hand, and what its weights have learned."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import fuse, load_pair  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from medfuse_course.methods.cnn import readable_fusion  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402

AANLIB = os.environ.get("MEDFUSE_DATA")
TASKS = ("mri-ct", "mri-pet", "mri-spect")
BOTH = ["activity_read", "anatomy_read"]


@pytest.fixture
def network():
    """Random, also where training starts from zeros."""
    torch.manual_seed(0)
    network = readable_fusion.build("course").eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    return network


def pair(seed=0, shape=(36, 29)):
    a, b = np.random.default_rng(seed).random((2, *shape), dtype=np.float32)
    return a, b


def test_untrained_it_is_the_maximum():
    a, b = pair()
    for knob in (0, 0.5, 1):
        fused = run_network(readable_fusion.build("course"), a, b, readability=knob)
        np.testing.assert_array_equal(fused, np.maximum(a, b))


def test_air_is_left_alone_whatever_the_weights_are(network):
    a, b = pair()
    a[:, :15] *= 0.05
    b[:, :15] *= 0.05
    fused = run_network(network, a, b)
    np.testing.assert_array_equal(fused[:, :15], np.maximum(a, b)[:, :15])
    assert np.abs(fused - np.maximum(a, b))[:, 15:].max() > 0.01
    assert evaluate(np.clip(fused, 0, 1), a, b, "background_lift")["background_lift"] == 0


def test_the_gate_by_hand(network, monkeypatch):
    """A correction of -0.2 everywhere: nothing at 0.05, half of it at 0.1, all of it from 0.15 on; never below 0."""
    a = np.array([0.05, 0.1, 0.15, 0.9], np.float32) * np.ones((16, 1), np.float32)
    monkeypatch.setattr(network, "correction", lambda a, b, knob: torch.full_like(a, -0.2))
    fused = run_network(network, a, 0 * a)
    np.testing.assert_allclose(fused[0], [0.05, 0, 0, 0.7], atol=1e-6)


def test_a_knob_for_each_image_is_that_knob_for_each(network):
    a, b = torch.rand(2, 3, 1, 32, 28)
    with torch.no_grad():
        together = network(a, b, readability=torch.tensor([0.0, 0.4, 1.0]))
        for k, knob in enumerate((0.0, 0.4, 1.0)):
            alone = network(a[k : k + 1], b[k : k + 1], readability=knob)
            torch.testing.assert_close(together[k : k + 1], alone)
        assert not torch.equal(network(a, b, readability=0.0), network(a, b, readability=1.0))


@pytest.mark.parametrize("knob", [-0.1, 1.5])
def test_a_knob_beyond_its_ends_is_answered(network, knob):
    with pytest.raises(ValueError, match="readability: expected a number from 0"):
        network(*torch.rand(2, 1, 1, 32, 32), readability=knob)


def test_the_loss_of_the_maximum_by_hand():
    """It scores as itself: each score lacks its wish less 1, and reading lacks what the average has more."""
    one = load_pair("head/mri-pet", seed=3)
    a, b = (torch.from_numpy(np.ascontiguousarray(x[60:160, 60:160]))[None, None] for x in (one.a, one.b))
    maximum, average = torch.maximum(a, b), (a + b) / 2
    found = readable_fusion.terms(maximum, a, b, 0.5)
    for name, (weight, share) in readable_fusion.WISHES.items():
        assert found[name].item() == pytest.approx(weight * max(0, share - 1), abs=1e-5)
    read, wished = (evaluate(*(x[0, 0].numpy() for x in (f, a, b)), BOTH) for f in (maximum, average))
    for name, metric in zip(("activity", "anatomy"), BOTH, strict=True):
        lacking = max(0, wished[metric] - readable_fusion.MARGIN - read[metric])
        assert found[name].item() == pytest.approx(readable_fusion.READ * 0.5 * lacking, abs=0.01)
    assert readable_fusion.terms(maximum, a, b, 0.0)["anatomy"] == 0


def test_a_short_try_needs_no_download(monkeypatch):
    monkeypatch.setattr(aanlib, "load", None)
    patches = readable_fusion.RECIPE.data.batch(0, 0, Budget(steps=1, batch=1, patch=44, pool=2), slice(0, 1))
    assert patches["a"].shape == (1, 1, 44, 44)


def reads(pairs, method, **options):
    rows = [list(evaluate(fuse(x.a, x.b, method, **options), x.a, x.b, BOTH).values()) for x in pairs]
    return np.mean(rows, axis=0)


@pytest.mark.parametrize("task", TASKS)
def test_on_phantoms_it_is_true_and_the_knob_turns(task):
    pairs = [load_pair(f"head/{task}", seed=seed, lesions=2) for seed in (1, 2)]
    low, high = (reads(pairs, "readable_fusion", readability=knob) for knob in (0.0, 1.0))
    assert high.sum() > low.sum()
    for x in pairs:
        fused = fuse(x.a, x.b, "readable_fusion")
        assert evaluate(fused, x.a, x.b, "background_lift")["background_lift"] == 0


@pytest.mark.skipif(not AANLIB, reason="MEDFUSE_DATA names no folder of AANLIB")
@pytest.mark.parametrize("task", TASKS)
def test_on_real_pairs_both_sources_are_read_nearly_as_in_the_average(task):
    """Within 0.1 of it; five slices of every case of `val`; those of MRI/PET are one head, cut in three planes."""
    slices = ((case, row[:: max(1, len(row) // 5)]) for case, row in aanlib.cases(f"aanlib/{task}", "val").items())
    pairs = [aanlib.load(f"aanlib/{task}", case=case, slice=k, split="val") for case, row in slices for k in row]
    assert (reads(pairs, "readable_fusion") > reads(pairs, "average") - 0.1).all()
    fused = [(x, fuse(x.a, x.b, "readable_fusion")) for x in pairs[:3]]
    assert max(evaluate(f, x.a, x.b, "background_lift")["background_lift"] for x, f in fused) < 1e-6
