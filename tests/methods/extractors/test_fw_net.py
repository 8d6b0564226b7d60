"""FW-Net: its chain by hand, what its image is for, and what happens to it without the demand to be a picture."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import ssim  # noqa: E402
from medfuse_course.methods import fuse, get_method  # noqa: E402
from medfuse_course.methods.extractors.fw_net import (  # noqa: E402
    RECIPE,
    ChainStep,
    SourceDecoder,
    build,
    build_chain,
    confined,
    recovery,
)
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import Budget, LossStep, Phase, Recipe, train  # noqa: E402


def test_sizes_by_hand():
    """Two convolutions of 3 x 3 a level, widths 8 to 64; one of 2 x 2 up; one of 1 x 1: by levels from the finest."""
    down = (9 * 2 + 1) * 8 + (9 * 8 + 1) * 8 + sum((9 * n + 1) * 2 * n + (18 * n + 1) * 2 * n for n in (8, 16, 32))
    up = sum((8 * n + 1) * n + (18 * n + 1) * n + (9 * n + 1) * n for n in (8, 16, 32))
    assert count_parameters(build("course")) == down + up + 9 == 120_753
    assert count_parameters(build_chain("course")) == 2 * 120_753 - 9 * 8 + 9  # one channel less in, one more out


def test_before_training_it_is_the_maximum_and_only_the_fused_image_goes_on():
    """So what the decoder knows of the sources has passed through one channel."""
    chain, (a, b) = build_chain("course"), torch.rand(2, 1, 1, 16, 24)
    f, found = chain(a, b)
    torch.testing.assert_close(f, torch.maximum(a, b))
    torch.testing.assert_close(found, f.expand(-1, 2, -1, -1))
    assert f.shape == (1, 1, 16, 24)


def test_the_terms_by_hand():
    """Errors of 0.5 in the one source and none in the other, of an image that is 0.25 under the maximum."""
    a, b = torch.full((1, 1, 16, 16), 0.75), torch.full((1, 1, 16, 16), 0.25)
    found = torch.cat([a - 0.5, b], dim=1)
    terms = recovery(found, a, b)
    assert terms["l1"].item() == pytest.approx(2 * 0.5)
    assert terms["structure"].item() == pytest.approx(1 - ssim(found, torch.cat([a, b], dim=1)).item())

    class Chain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.tensor(1.0))

        def forward(self, a, b):
            return self.gain * 0.5 * torch.ones_like(a), found

    step = ChainStep(Chain(), likeness=0.5)
    assert step.losses({"a": a, "b": b})["likeness"].item() == pytest.approx(0.5 * 0.25)
    assert ChainStep(Chain(), likeness=0).losses({"a": a, "b": b})["likeness"].item() == 0


def test_what_is_cut_off_keeps_its_slope():
    x = torch.tensor([-0.5, 0.25, 1.5], requires_grad=True)
    confined(x).sum().backward()
    assert confined(x).tolist() == [0, 0.25, 1] and x.grad.tolist() == [1, 1, 1]


def test_the_shipped_image_is_near_the_maximum_and_is_not_it():
    from medfuse_course.datasets import load_pair

    pair = load_pair("head/mri-ct", seed=7, lesions=2)
    apart = np.abs(fuse(pair.a, pair.b, "fw_net") - np.maximum(pair.a, pair.b))
    assert 0.001 < apart.mean() < 0.15
    network = load_network(get_method("fw_net")).cpu()
    with torch.no_grad():
        assert (network(*torch.rand(2, 1, 1, 32, 32)) <= 1).all()


class _Recover(LossStep):
    """Train a decoder, smaller than the chain's own, on images that are fused by something else."""

    def __init__(self, network, fused):
        super().__init__(network)
        self.fused = fused

    def losses(self, batch):
        with torch.no_grad():
            f = self.fused(batch["a"], batch["b"])
        return recovery(self.network(f), batch["a"], batch["b"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_another_decoder_gets_more_back_from_it_than_from_the_maximum(seed):
    """Somebody else's: other layers, other weights to begin with, and nothing but the fused images."""
    encoder, left = load_network(get_method("fw_net")).cpu(), {}
    for name, fused in (("fw_net", encoder), ("maximum", torch.maximum)):
        recipe = Recipe(
            slug="somebody_elses",
            network=lambda: SourceDecoder(6, 2),
            data=RECIPE.data,
            phases=(Phase("recover", partial(_Recover, fused=fused), 1.0, 4e-3),),
            budgets=Budget(steps=150, batch=4, patch=48, check_every=150, pool=3),
        )
        left[name] = sum(train(recipe, seed=seed).history[-1].validation.values())
    assert left["fw_net"] < 0.97 * left["maximum"], left
