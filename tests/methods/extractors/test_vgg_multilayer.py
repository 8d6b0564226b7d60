"""Base and detail as in the authors' code, and the whole rule written out in NumPy."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.vgg_multilayer import MARGIN, VGGMultilayer, build, low_pass  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from tests.methods.extractors.fake import Fake  # noqa: E402


def noise(seed, *shape):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def base_layer(image, margin=MARGIN):
    """The authors' ``lowpass.m``, line by line: lambda 5, a symmetric border (theirs: 16), differences [-1 1]."""
    padded = np.pad(image, margin, mode="symmetric")
    differences = (np.fft.fft2(g, padded.shape) for g in (np.array([[-1, 1]]), np.array([[-1], [1]])))
    penalty = 1 + 5 * sum(np.abs(g) ** 2 for g in differences)
    return np.real(np.fft.ifft2(np.fft.fft2(padded) / penalty))[margin:-margin, margin:-margin]


def test_the_base_layer_is_that_of_the_authors_code():
    for shape in ((40, 40), (21, 34)):
        image = noise(0, *shape).astype(float)
        mine = low_pass(torch.from_numpy(image)[None, None], margin=16)[0, 0].numpy()
        np.testing.assert_allclose(mine, base_layer(image, 16), atol=1e-12)
        wider = low_pass(torch.from_numpy(image)[None, None])[0, 0].numpy()
        np.testing.assert_allclose(wider, mine, atol=1e-4)
    np.testing.assert_allclose(low_pass(torch.full((1, 1, 20, 20), 0.3)).numpy(), 0.3, atol=1e-6)


def test_the_base_minimizes_what_it_should():
    """On a periodic image: the residual of the normal equation ``B - I = 5 (Laplacian of B)`` vanishes inside."""
    image = noise(1, 48, 48).astype(float)
    base = low_pass(torch.from_numpy(image)[None, None])[0, 0].numpy()
    laplacian = ndimage.laplace(base)[4:-4, 4:-4]
    np.testing.assert_allclose((base - image)[4:-4, 4:-4], 5 * laplacian, atol=1e-10)


def test_the_rule_written_out():
    """Layers of a known trunk: l1, mean of 3 x 3, ratio, squares, the largest candidate, signs included."""
    a, b = (noise(k, 32, 48).astype(float) for k in (0, 1))
    bases = [base_layer(x) for x in (a, b)]
    details = [x - base for x, base in zip((a, b), bases, strict=True)]
    candidates = []
    for i in range(4):
        side = 2**i
        small = [x.reshape(32 // side, side, 48 // side, side).mean((1, 3)) for x in details]
        active = [ndimage.uniform_filter(1.5 * np.abs(x), 3, mode="constant") for x in small]
        weight = np.kron(active[0] / (active[0] + active[1]), np.ones((side, side)))
        candidates.append(weight * details[0] + (1 - weight) * details[1])
    expected = (bases[0] + bases[1]) / 2 + np.max(candidates, axis=0)
    network = VGGMultilayer(Fake(5)).double()
    with torch.inference_mode():
        fused = network(*(torch.from_numpy(x)[None, None] for x in (a, b)))
    fused = fused[0, 0].numpy()
    np.testing.assert_allclose(fused, expected, atol=1e-10)
    negative = np.min(candidates, axis=0) < -0.01
    strongest = run_network(VGGMultilayer(Fake()), a.astype("f4"), b.astype("f4"), combination="strongest")
    assert (strongest < fused - 1e-3)[negative].any()


def test_the_layers_are_convolutions_before_relu_of_what_is_not_normalized():
    extractor = build("course").extractor
    assert extractor.names[:4] == ("conv1_1", "conv2_1", "conv3_1", "conv4_1") and not extractor.normalize
