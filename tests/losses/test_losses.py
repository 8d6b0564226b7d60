"""Every term by hand or against an independent implementation, and every gradient against finite differences."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from scipy import ndimage  # noqa: E402
from skimage.metrics import structural_similarity  # noqa: E402

from medfuse_course import losses  # noqa: E402
from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.losses import intensity  # noqa: E402
from medfuse_course.losses.windows import smoothed  # noqa: E402
from medfuse_course.metrics import evaluate, truth  # noqa: E402


def batch(seed, shape=(2, 1, 24, 20)):
    return torch.from_numpy(generator(seed, "losses").random(shape))


def two(first, second):
    """A 1 x 2 image with these values, as a batch."""
    return torch.tensor([[[[first, second]]]], dtype=torch.float64)


def test_intensity_terms_by_hand():
    f, a, b = two(0.5, 0.5), two(0.2, 0.9), two(0.6, 0.1)
    assert losses.l1_to_max(f, a, b).item() == pytest.approx((0.1 + 0.4) / 2)
    assert losses.l1_to_mean(f, a, b).item() == pytest.approx((0.1 + 0.0) / 2)
    assert losses.l1_to_weighted(f, a, b, 0.25).item() == pytest.approx((0.0 + 0.2) / 2)


def test_lifted_air_by_hand_and_air_is_what_the_metric_takes_for_it():
    """The first pixel is air and 0.03 too bright; the second as dark as a source; the third is no air."""
    f, a, b = (torch.tensor([[[row]]]) for row in ([0.05, 0.02, 0.9], [0.02, 0.03, 0.06], [0.01, 0.0, 0.0]))
    assert losses.lifted_air(f, a, b).item() == pytest.approx(0.03 / 3)
    assert pytest.approx(truth.BLACK / 255) == intensity.DARK


def test_sobel_is_that_of_scipy_and_a_ramp_gives_its_slope():
    image = batch(0)[:1]
    across, down = losses.sobel(image)
    for found, axis in ((across, 1), (down, 0)):
        np.testing.assert_allclose(found[0, 0], ndimage.sobel(image[0, 0].numpy(), axis, mode="mirror") / 8, atol=1e-12)
    ramp = torch.arange(8.0, dtype=torch.float64).expand(1, 1, 8, 8) * 0.1
    assert torch.allclose(losses.sobel(ramp)[0][..., 1:-1], torch.tensor(0.1, dtype=torch.float64))


def test_the_gradient_term_is_zero_for_the_source_with_all_edges_and_keeps_their_sign():
    edges, flat = batch(1), torch.full((2, 1, 24, 20), 0.5, dtype=torch.float64)
    assert losses.gradient_to_stronger(edges, edges, flat).item() == pytest.approx(0)
    assert losses.gradient_to_stronger(edges, flat, edges).item() == pytest.approx(0)
    inverted = losses.gradient_to_stronger(1 - edges, edges, flat)
    assert inverted.item() == pytest.approx(2 * losses.gradient_to_stronger(flat, edges, flat).item())


def test_ssim_is_that_of_scikit_image():
    x, y = batch(2, (1, 1, 40, 33)), batch(3, (1, 1, 40, 33))
    _, full = structural_similarity(
        x[0, 0].numpy(), y[0, 0].numpy(), data_range=1, gaussian_weights=True, use_sample_covariance=False, full=True
    )
    assert losses.ssim(x, y).item() == pytest.approx(full[5:-5, 5:-5].mean(), abs=1e-9)
    assert losses.ssim(x, x).item() == pytest.approx(1)


def test_ms_ssim_is_that_of_the_metric():
    rng = generator(4, "ms")
    clean = ndimage.gaussian_filter(rng.random((181, 190)), 3)
    clean = (clean - clean.min()) / np.ptp(clean)
    noisy = np.clip(clean + 0.05 * rng.standard_normal(clean.shape), 0, 1)
    x, y = (torch.from_numpy(image)[None, None] for image in (clean, noisy))
    metric = evaluate(noisy.astype(np.float32), *[clean.astype(np.float32)] * 2, "ms_ssim")["ms_ssim"]
    assert losses.ms_ssim(x, y).item() == pytest.approx(metric, abs=1e-5)
    assert losses.ms_ssim(x[..., :161, :161], x[..., :161, :161]).item() == pytest.approx(1)
    assert losses.ssim(x[..., :11, :11], x[..., :11, :11]).item() == pytest.approx(1), "one window"
    with pytest.raises(ValueError, match="at least 161"):
        losses.ms_ssim(batch(0), batch(1))


def test_structure_is_compared_with_the_source_that_varies_more():
    """Against scikit-image with a huge C1, which makes the luminance factor 1."""
    f, a, b = (batch(seed)[:1] for seed in (16, 17, 18))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0, "K1": 1e6}
    of_a, of_b = (
        structural_similarity(f[0, 0].numpy(), x[0, 0].numpy(), full=True, **options)[1][5:-5, 5:-5] for x in (a, b)
    )
    variance_a, variance_b = (
        ndimage.gaussian_filter(x**2, 1.5, truncate=3.5) - ndimage.gaussian_filter(x, 1.5, truncate=3.5) ** 2
        for x in (a[0, 0].numpy(), b[0, 0].numpy())
    )
    chosen = np.where((variance_a >= variance_b)[5:-5, 5:-5], of_a, of_b)
    assert losses.structure_to_stronger(f, a, b).item() == pytest.approx(chosen.mean(), abs=1e-6)
    assert losses.structure_to_stronger(a * 0 + 0.4 + a, a, b * 0.01).item() == pytest.approx(1)


def test_perceptual_by_hand_and_without_a_gradient_to_the_target():
    f, target = two(0.5, 0.0).requires_grad_(), two(0.0, 0.0).requires_grad_()
    value = losses.perceptual(f, target, lambda x: [x, 2 * x], weights=[1, 0.5])
    assert value.item() == pytest.approx(0.125 + 0.5 * 0.5)
    value.backward()
    assert target.grad is None
    with pytest.raises(ValueError, match="expected 2"):
        losses.perceptual(f, target, lambda x: [x, x], weights=[1])


def test_abundance_weights_by_hand():
    """Four equal gray values: 2 bits. One value: 0 bits, but all of it bright."""
    a = torch.tensor([0.1, 0.3, 0.5, 0.7], dtype=torch.float64).view(1, 1, 2, 2)
    b = torch.full((1, 1, 2, 2), 0.9, dtype=torch.float64)
    weight_a, weight_b = losses.abundance_weights(a, b)
    expected = 1 / (1 + np.exp((3 * 0.9 - 2) / 0.5))
    assert weight_a.item() == pytest.approx(expected)
    assert (weight_a + weight_b).item() == pytest.approx(1)


def test_two_neighbors_of_256_gray_values_say_one_bit():
    a, b = two(24.5 / 256, 25.5 / 256), two(0.5, 0.5)
    assert losses.abundance_weights(a, b)[0].item() == pytest.approx(1 / (1 + np.exp(-1 / 0.5)))


def test_every_image_of_a_batch_has_its_own_entropy():
    a, b = batch(5), batch(6)
    together = losses.abundance_weights(a, b)[0]
    alone = torch.cat([losses.abundance_weights(a[k : k + 1], b[k : k + 1])[0] for k in range(2)])
    assert torch.allclose(together, alone)


def test_the_surface_term_by_hand():
    f, a, b = batch(7), batch(8), batch(9)
    weights = losses.abundance_weights(a, b)
    expected = 0.0
    for k in range(2):
        for weight, source in zip(weights, (a, b), strict=True):
            error = ((f[k] - source[k]) ** 2).mean()
            expected += weight[k] * (1 - losses.ssim(f[k : k + 1], source[k : k + 1]) + 10 * error) / 2
    assert losses.saliency_weighted(f, a, b).item() == pytest.approx(expected.item())


TERMS = {
    "l1_to_max": losses.l1_to_max,
    "l1_to_mean": losses.l1_to_mean,
    "l1_to_weighted": lambda f, a, b: losses.l1_to_weighted(f, a, b, 0.3),
    "air": lambda f, a, b: losses.lifted_air(f, a, b, dark=0.7),
    "gradient": losses.gradient_to_stronger,
    "ssim": losses.ssim_to_sources,
    "perceptual": lambda f, a, b: losses.perceptual(f, a, lambda x: [x**2, x.mean(dim=(2, 3))]),
    "saliency": losses.saliency_weighted,
    "structure": losses.structure_to_stronger,
}


@pytest.mark.parametrize("name", TERMS)
def test_the_gradient_is_right(name):
    f, a, b = (batch(seed, (1, 1, 12, 12)) for seed in (10, 11, 12))
    assert torch.autograd.gradcheck(lambda x: TERMS[name](x, a, b), (f.requires_grad_(),), atol=1e-6)


@pytest.mark.parametrize("name", TERMS)
def test_a_batch_is_the_mean_of_its_parts(name):
    """So two processes with half a batch each have the gradient of the whole."""
    f, a, b = batch(13), batch(14), batch(15)
    parts = [TERMS[name](f[k : k + 1], a[k : k + 1], b[k : k + 1]) for k in range(2)]
    assert TERMS[name](f, a, b).item() == pytest.approx(sum(parts).item() / 2)


@pytest.mark.parametrize("name", ["ssim", "ssim_each", "contrast_structure"])
def test_a_window_needs_its_eleven_pixels(name):
    term = getattr(losses, name)
    assert torch.isfinite(term(batch(0, (1, 1, 11, 11)), batch(1, (1, 1, 11, 11)))).all()
    with pytest.raises(ValueError, match="expected at least 11 x 11 pixels"):
        term(batch(0, (1, 1, 11, 10)), batch(1, (1, 1, 11, 10)))


def test_ms_ssim_of_a_batch_is_the_mean_of_its_images():
    x = torch.cat([batch(0, (1, 1, 161, 161)), batch(1, (1, 1, 161, 161))])
    y = torch.cat([x[:1] * 0.9, batch(2, (1, 1, 161, 161))])
    each = [losses.ms_ssim(x[n : n + 1], y[n : n + 1]).item() for n in (0, 1)]
    assert each[0] > each[1] + 0.5
    assert losses.ms_ssim(x, y).item() == pytest.approx(sum(each) / 2, abs=1e-6)


def test_smoothing_mirrors_at_the_border_as_scipy_does():
    x = batch(5, (1, 1, 24, 20))
    expected = ndimage.gaussian_filter(x[0, 0].numpy(), 2, mode="reflect", truncate=4.0)
    np.testing.assert_allclose(smoothed(x, 2)[0, 0].numpy(), expected, atol=1e-9)


def test_of_two_slopes_that_are_as_steep_the_first_counts():
    rise = torch.arange(8.0).expand(1, 1, 8, 8) / 8
    assert losses.gradient_to_stronger(rise, rise, -rise).item() == 0
    assert losses.gradient_to_stronger(-rise, rise, -rise).item() > 0


def test_what_is_just_bright_is_read_no_more_than_what_is_not():
    f, a = batch(6, (1, 1, 16, 16)), batch(7, (1, 1, 16, 16))
    b = torch.full_like(a, 0.9)
    b[..., :8] = 0.3
    assert losses.anatomy_read(f, a, b).item() == losses.anatomy_read(f, a, torch.where(b > 0.3, b, 0.0)).item()
