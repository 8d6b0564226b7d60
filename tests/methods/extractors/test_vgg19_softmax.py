"""Five layers on whole images: the rule written out in NumPy, and what it does to a bright spot on black."""

import numpy as np
import pytest
from scipy import ndimage, special

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.vgg19_softmax import VGG19Softmax, build  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import load_extractor  # noqa: E402
from tests.methods.extractors.fake import Fake  # noqa: E402


def noise(seed, *shape):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("weighting", ["ratio", "exp"])
def test_the_rule_written_out(weighting):
    a, b = (noise(k, 32, 48).astype(float) for k in (0, 1))
    candidates = []
    for i in range(5):
        side = 2**i
        small = [x.reshape(32 // side, side, 48 // side, side).mean((1, 3)) for x in (a, b)]
        x, y = (ndimage.uniform_filter(1.5 * small, 3, mode="constant") for small in small)
        largest = max(x.max(), y.max())
        weight = x / (x + y) if weighting == "ratio" else special.softmax(np.stack([x, y]) / largest / 0.1, axis=0)[0]
        weight = np.kron(weight, np.ones((side, side)))
        candidates.append(weight * a + (1 - weight) * b)
    network = VGG19Softmax(Fake(5))
    fused = run_network(network, a.astype("f4"), b.astype("f4"), weighting=weighting)
    np.testing.assert_allclose(fused, np.max(candidates, axis=0), atol=1e-6)
    mean = run_network(network, a.astype("f4"), b.astype("f4"), weighting=weighting, combination="mean")
    np.testing.assert_allclose(mean, np.mean(candidates, axis=0), atol=1e-6)


def test_whole_images_go_in_as_they_are():
    extractor = build("course").extractor
    assert extractor.names == tuple(f"relu{i}_1" for i in range(1, 6)) and not extractor.normalize


def test_the_exponential_form_looks_at_the_whole_image():
    network = VGG19Softmax(Fake(5))
    assert network.reach(weighting="ratio") > 0 and network.reach(weighting="exp") is None
    with pytest.raises(ValueError, match="tile: expected None"):
        run_network(network, noise(0, 32, 32), noise(1, 32, 32), weighting="exp", tile=16)


def test_bright_against_black_stays_between_and_black_stays_black():
    """How it fails: where b is black, a keeps its share only; no candidate is above a, none can be."""
    a, b = np.zeros((2, 64, 64), np.float32)
    a[20:44, 20:44] = 0.8
    fused = run_network(VGG19Softmax(load_extractor("vgg19", "none", normalize=False)), a, b)
    assert fused[a == 0].max() == 0 and fused[a > 0].max() <= 0.8
    flat = run_network(VGG19Softmax(Fake(5)), 0.5 + 0 * a, 0.25 + 0 * a)
    np.testing.assert_allclose(flat, 2 / 3 * 0.5 + 1 / 3 * 0.25, rtol=1e-6)  # neither of the two
