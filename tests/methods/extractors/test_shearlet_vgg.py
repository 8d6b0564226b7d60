"""Complex bands: which source a coefficient comes from, by a known trunk; the base by energy and Laplacian."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.shearlet_vgg import ShearletVGG  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.rules import energy_laplacian  # noqa: E402
from medfuse_course.transforms import complex_shearlet  # noqa: E402
from tests.methods.extractors.fake import Fake  # noqa: E402


def noise(seed, *shape):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("per_direction", [False, True])
def test_a_scale_written_out(per_direction):
    """Magnitudes weigh, over all directions or one; of four complex candidates the longest one moves whole."""
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=(2, 16, 24)) + 1j * generator.normal(size=(2, 16, 24)) for _ in range(2))
    expected = []
    for k in range(2):
        seen = [np.abs(x[k]) if per_direction else np.abs(x).sum(0) for x in (a, b)]
        candidates = []
        for side in (1, 2, 4, 8):
            small = [x.reshape(16 // side, side, 24 // side, side).mean((1, 3)) for x in seen]
            x, y = (ndimage.uniform_filter(s, 3, mode="constant") for s in small)
            weight = np.kron(x / (x + y), np.ones((side, side)))
            candidates.append(weight * a[k] + (1 - weight) * b[k])
        candidates = np.array(candidates)
        expected.append(np.take_along_axis(candidates, np.abs(candidates).argmax(0)[None], 0)[0])
    fused = ShearletVGG(Fake()).fuse_scale(a, b, per_direction=per_direction)
    np.testing.assert_allclose(fused, expected, atol=1e-12)


def test_bands_and_base_go_their_own_ways():
    a, b = (complex_shearlet.analyse(noise(k, 48, 48), 2, (4, 4)) for k in (0, 1))
    network = ShearletVGG(Fake())
    fused = network.fuse_bands(a, b, per_direction=False, base_rule="energy_laplacian")
    np.testing.assert_array_equal(fused.base, energy_laplacian(a.base, b.base))
    for level in (0, 1):
        np.testing.assert_array_equal(fused.details[level], network.fuse_scale(a.details[level], b.details[level]))


def test_what_only_one_source_shows_is_taken_from_it():
    a = noise(0, 64, 64)
    a[:, 32:] = 0
    fused = run_network(ShearletVGG(Fake()), a, np.zeros_like(a))
    np.testing.assert_allclose(fused[:, :24], a[:, :24], atol=0.05)
    assert np.abs(fused[:, 48:]).max() < 0.05
