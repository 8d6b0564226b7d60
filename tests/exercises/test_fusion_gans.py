"""The exercises on fusion GANs, against the library's loss and its network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch.nn.functional import mse_loss, pad  # noqa: E402

from medfuse_course.exercises.catalogue import get_exercise  # noqa: E402
from medfuse_course.exercises.methods.gan.fusiongan import minimizer, response  # noqa: E402
from medfuse_course.methods.gan import fusiongan  # noqa: E402


def test_the_librarys_loss_is_flat_at_the_minimizer():
    a, b = np.random.default_rng(0).random((2, 14, 17))
    np.testing.assert_allclose(fusiongan.best_image(a, b), minimizer(a, b, fusiongan.GRADIENT), atol=1e-12)
    f = torch.tensor(fusiongan.best_image(a, b))[None, None].requires_grad_()

    def around(x):
        return fusiongan.laplacian(pad(x, (1, 1, 1, 1), mode="circular"))

    of_a, of_b = (torch.tensor(x)[None, None] for x in (a, b))
    loss = mse_loss(f, of_b) + fusiongan.GRADIENT * mse_loss(around(f), around(of_a))
    (slope,) = torch.autograd.grad(loss, f)
    assert slope.abs().max() < 1e-12


def test_at_the_crossover_both_sources_have_half():
    """A wave of that length in one source, nothing in the other: half of it is left."""
    period = get_exercise("methods.gan.fusiongan.crossover").reference
    wave = 2 * np.cos(2 * np.pi / period) - 2
    assert 1 / (1 + fusiongan.GRADIENT * wave**2) == pytest.approx(0.5)
    columns = np.cos(2 * np.pi * np.arange(64) / 8)[None, :].repeat(5, 0)
    left = minimizer(np.zeros((5, 64)), columns, 5.0)
    share = 1 / (1 + 5 * response((5, 64))[0, 8] ** 2)
    np.testing.assert_allclose(left, share * columns, atol=1e-12)


def test_brightness_of_b_is_in_the_intensity_term_alone():
    """A line in b that the fused image lacks."""
    a = f = torch.full((1, 1, 20, 20), 0.5)
    b = f.clone()
    b[..., 10, :] = 0.9
    before, after = fusiongan.content(f, a, f), fusiongan.content(f, a, b)
    assert after["gradient"] == before["gradient"] == 0 and after["intensity"] > before["intensity"] == 0
