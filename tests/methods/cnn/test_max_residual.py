"""The course's own fuser: what holds whatever it has learned, and what it has learned against the maximum."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import fuse, load_pair  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from medfuse_course.methods.cnn import max_residual  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402

AANLIB = os.environ.get("MEDFUSE_DATA")
TASKS = ("mri-ct", "mri-pet", "mri-spect")


@pytest.fixture
def network():
    """Random, also where training starts from zeros, so that the scores differ."""
    torch.manual_seed(0)
    network = max_residual.build("course").eval()
    torch.nn.init.normal_(network.score.weight, std=20)
    return network


def pair(seed=0, shape=(36, 29)):
    a, b = np.random.default_rng(seed).random((2, *shape), dtype=np.float32)
    return a, b


def gains(pairs, metrics):
    """By how much the shipped weights are better than the maximum, in the mean over the pairs; one row for a metric."""
    rows = []
    for one in pairs:
        scores = [
            evaluate(fuse(one.a, one.b, method), one.a, one.b, metrics, truth=one.truth)
            for method in ("max_residual", "maximum")
        ]
        rows.append([scores[0][name] - scores[1][name] for name in metrics])
    return dict(zip(metrics, np.mean(rows, axis=0), strict=True))


def test_the_fused_image_lies_between_the_sources_and_nowhere_else(network):
    a, b = pair()
    fused = run_network(network, a, b)
    assert (fused >= np.minimum(a, b) - 1e-6).all() and (fused <= np.maximum(a, b) + 1e-6).all()
    assert np.ptp((fused - np.minimum(a, b)) / np.abs(a - b)) > 0.5


def test_black_stays_black_and_what_both_say_stays(network):
    a, b = pair()
    a[:12] = b[:12] = 0
    b[20:] = a[20:]
    fused = run_network(network, a, b)
    assert not fused[:12].any()
    assert np.array_equal(fused[20:], a[20:])


def test_where_both_scores_are_equal_it_is_nearly_the_maximum():
    """By hand: untrained, ``p = 1 / (1 + exp(2))``."""
    a, b = pair()
    expected = np.maximum(a, b) - np.abs(a - b) / (1 + np.exp(2))
    np.testing.assert_allclose(run_network(max_residual.build("course"), a, b), expected, atol=1e-6)


def test_a_higher_score_of_the_darker_source_draws_the_image_to_it(network, monkeypatch):
    """By hand: scores of 3 for a and 1 for b."""
    a, b = pair()
    scores = torch.tensor([3.0, 1.0]).view(2, 1, 1, 1)
    monkeypatch.setattr(network, "scores", lambda x: scores.expand(2, 1, *x.shape[-2:]))
    fused = run_network(network, a, b)
    start = network.start.item()
    share = np.where(a < b, 1 / (1 + np.exp(-2 - start)), 1 / (1 + np.exp(2 - start)))
    np.testing.assert_allclose(fused, np.maximum(a, b) - share * np.abs(a - b), atol=1e-6)


def test_contrast_and_brightness_by_hand():
    """A source that rises by 0.005 from pixel to pixel, over two evenly gray images of 64 x 64 pixels. Of 16 cells in a
    row 14 see a slope of 0.02, of 8 larger ones 6 see 0.04, and none in the other direction."""
    flat = torch.full((1, 1, 64, 64), 0.5)
    found = max_residual.terms(flat, flat + 0.005 * torch.arange(64), flat)
    assert found["contrast"].item() == pytest.approx(30 * (0.02 * 14 / 16 + 0.04 * 6 / 8) / 2, rel=1e-4)
    assert found["brightness"].item() == pytest.approx(2 * 0.005 * 63 / 2, rel=1e-4)


def test_the_other_terms_are_the_metrics_with_their_weights():
    a, b = pair(shape=(64, 64))
    a[20:40], b[:, 30:] = a[20:40] / 4, b[:, 30:] / 3
    f = (0.7 * a + 0.3 * b).astype(np.float32)
    score = evaluate(f, a, b, ("qabf", "ssim", "vif"))
    found = max_residual.terms(*(torch.from_numpy(image)[None, None] for image in (f, a, b)))
    assert found["edges"].item() == pytest.approx(2 * (1 - score["qabf"]), abs=0.005)
    assert found["structure"].item() == pytest.approx(6 * (1 - score["ssim"]), abs=0.005)
    assert found["information"].item() == pytest.approx(1 - score["vif"], abs=0.005)


def test_air_is_cut_off_before_anything_is_learned():
    """Gray levels of 0.53 and 0.03 become (0.53 - 0.06) / 0.94 and 0; a network that draws black misses the first."""

    class Black(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.level = torch.nn.Parameter(torch.zeros(()))

        def forward(self, a, b):
            return self.level * a

    batch = {name: torch.full((1, 1, 48, 48), level) for name, level in (("a", 0.53), ("b", 0.03))}
    assert max_residual.FuseStep(Black()).losses(batch)["brightness"].item() == pytest.approx(2 * 0.47 / 0.94, rel=1e-4)


@pytest.mark.parametrize("task", TASKS)
def test_on_phantoms_it_is_ahead_of_the_maximum(task):
    pairs = [load_pair(f"head/{task}", seed=seed, lesions=2) for seed in (1, 2)]
    found = gains(pairs, ("qabf", "ssim", "lesion_contrast_recovery", "background_lift"))
    assert found["qabf"] > 0 and found["ssim"] > 0
    assert found["lesion_contrast_recovery"] > -0.02
    assert found["background_lift"] < 0.5 / 255


@pytest.mark.skipif(not AANLIB, reason="MEDFUSE_DATA names no folder of AANLIB")
@pytest.mark.parametrize("task", TASKS)
def test_on_real_pairs_it_is_ahead_of_the_maximum(task):
    """Five slices of every case of `val`; those of MRI/PET are one head, cut in three planes."""
    slices = ((case, row[:: max(1, len(row) // 5)]) for case, row in aanlib.cases(f"aanlib/{task}", "val").items())
    pairs = [aanlib.load(f"aanlib/{task}", case=case, slice=k, split="val") for case, row in slices for k in row]
    found = gains(pairs, ("qabf", "ssim", "background_lift"))
    assert found["qabf"] > 0 and found["ssim"] > 0
    assert found["background_lift"] < 0.5 / 255
