"""Qabf, VIF, SCD and what is read, as terms: against the metrics of these names, their gradients, and flat images."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import fuse, load_pair, losses  # noqa: E402
from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402

OF_EACH = {"scd": losses.scd, "activity_read": losses.activity_read, "anatomy_read": losses.anatomy_read}
"""These give a number for each image, not their mean."""

TERMS = {"qabf": losses.qabf, "vif": losses.vif} | {
    name: lambda f, a, b, each=each: each(f, a, b).mean() for name, each in OF_EACH.items()
}
TOLERANCE = {"qabf": 1e-3, "vif": 2e-3}


def batch(seed, shape=(2, 1, 46, 43)):
    """Smooth shapes with a little noise."""
    rng = generator(seed, "fidelity")
    noise = torch.from_numpy(rng.random(shape))
    return torch.nn.functional.avg_pool2d(noise, 5, 1, 2) * 0.8 + 0.1 * noise


@pytest.fixture(scope="module", params=["head/mri-ct", "head/mri-pet"])
def pair(request):
    return load_pair(request.param, seed=3)


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("method", ["maximum", "average", "laplacian_pyramid"])
def test_a_term_is_the_metric_of_its_name(name, method, pair):
    """The metric is written in NumPy, and tested against published values; the term is written on its own."""
    fused = fuse(pair.a, pair.b, method)
    images = (torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in (fused, pair.a, pair.b))
    expected = evaluate(fused, pair.a, pair.b, name)[name]
    assert TERMS[name](*images).item() == pytest.approx(expected, abs=TOLERANCE.get(name, 1e-3))


@pytest.mark.parametrize("name", TERMS)
def test_the_gradient_is_right(name):
    f, a, b = (batch(seed, (1, 1, 42, 41)) for seed in (1, 2, 3))
    f = (f + a) / 2
    assert torch.autograd.gradcheck(lambda x: TERMS[name](x, a, b), (f.requires_grad_(),), fast_mode=True, atol=1e-6)


@pytest.mark.parametrize("name", TERMS)
def test_a_batch_is_the_mean_of_its_parts(name):
    f, a, b = batch(4), batch(5), batch(6)
    parts = [TERMS[name](f[k : k + 1], a[k : k + 1], b[k : k + 1]) for k in range(2)]
    assert TERMS[name](f, a, b).item() == pytest.approx(sum(parts).item() / 2)


@pytest.mark.parametrize("name", TERMS)
def test_where_nothing_is_nothing_is_kept_and_no_gradient_is_nan(name):
    flat = torch.full((1, 1, 48, 48), 0.3)
    f = flat.clone().requires_grad_()
    value = TERMS[name](f, flat, flat)
    value.backward()
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(f.grad).all()


def test_edges_of_one_source_alone_are_kept_whole():
    """All edges with their strength and direction score ``0.9873 / ((1 + exp(-7.5)) (1 + exp(-4.4)))``."""
    a = batch(7)
    whole = 0.9994 * 0.9879 / ((1 + np.exp(-7.5)) * (1 + np.exp(-4.4)))
    assert losses.qabf(a, a, torch.zeros_like(a)).item() == pytest.approx(whole, abs=1e-3)


def test_vif_of_equal_images_is_1_and_more_contrast_has_more():
    a = batch(8)
    assert losses.vif(a, a, a).item() == pytest.approx(1, abs=2e-3)
    assert losses.vif(a * 1.2, a, a) > losses.vif(a, a, a)
    with pytest.raises(ValueError, match="at least 41"):
        losses.vif(*(x[..., :40] for x in (a, a, a)))


def test_three_equal_channels_keep_what_one_keeps():
    one = [batch(seed) for seed in (12, 13, 14)]
    three = [x.expand(-1, 3, -1, -1) for x in one]
    assert losses.vif(*three).item() == pytest.approx(losses.vif(*one).item(), abs=1e-3)


@pytest.mark.parametrize("name", TERMS)
def test_half_precision_does_not_blunt_a_term(name):
    """A recipe at `full` runs under autocast."""
    f, a, b = (batch(seed).float() for seed in (9, 10, 11))
    expected = TERMS[name](f, a, b).item()
    with torch.autocast("cpu", torch.bfloat16):
        assert TERMS[name](f, a, b).item() == pytest.approx(expected, abs=1e-6)
