"""MMIF-INet: what can be undone is undone, what is weighed is weighed, and the loss is the published one."""

import numpy as np
import pytest
import pywt

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.methods import fuse  # noqa: E402
from medfuse_course.methods.cnn import mmif_inet  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import train  # noqa: E402


def shaken(seed=0, scale="course"):
    """A network none of whose layers is 0."""
    torch.manual_seed(seed)
    network = mmif_inet.build(scale).eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.05)
    return network


def open_network():
    """Couplings that change nothing, gates that take a, a way up that adds, no normalization."""
    network = mmif_inet.build("course").eval()
    with torch.no_grad():
        for gate in (gate for gates in network.gates for gate in gates):
            gate.bias.fill_(100.0)
        for up in network.up:
            up.weight.copy_(torch.eye(3).view(3, 3, 1, 1))
        network.normalize.weight.fill_((1 + network.normalize.eps) ** 0.5)
        network.normalize.bias.zero_()
    return network


def test_published_sizes():
    """By hand: dense blocks 3 -> 4 x 32 -> 3, three a coupling, four couplings; gates; way up; normalization."""
    dense = sum(9 * (3 + 32 * k) * 32 + 32 for k in range(4)) + 9 * (3 + 128) * 3 + 3
    assert dense == 62_420
    gates, up, norm = 3 * 4 * (6 * 3 + 3), 2 * (3 * 3 + 3), 6
    assert count_parameters(mmif_inet.build("paper")) == 4 * 3 * dense + gates + up + norm == 749_322


def test_haar_by_hand_and_as_pywavelets_has_it():
    low, across, down, both = mmif_inet.haar(torch.tensor([[1.0, 2.0], [3.0, 4.0]])[None, None])
    assert [band.item() for band in (low, across, down, both)] == [5, 1, 2, 0]
    image = torch.rand(2, 3, 8, 12, dtype=torch.float64)
    bands = mmif_inet.haar(image)
    approximation, (horizontal, vertical, diagonal) = pywt.dwt2(image.numpy(), "haar")
    for band, expected in zip(bands, (approximation, -vertical, -horizontal, diagonal), strict=True):
        np.testing.assert_allclose(band.numpy(), expected, atol=1e-12)
    assert torch.allclose(mmif_inet.inverse_haar(bands), image, atol=1e-12)
    assert sum((band**2).sum() for band in bands).item() == pytest.approx((image**2).sum().item())


def test_coupling_by_hand():
    """phi doubles, rho is large, so the scale is at its limit exp(2), eta is 1."""
    coupling = mmif_inet.Coupling(2)
    coupling.phi, coupling.rho, coupling.eta = nn.Identity(), nn.Identity(), nn.Identity()
    coupling.phi.forward = lambda x: 2 * x
    coupling.rho.forward = lambda x: torch.full_like(x, 50.0)
    coupling.eta.forward = torch.ones_like
    y1, y2 = coupling(torch.tensor([[3.0]]), torch.tensor([[4.0]]))
    assert y1.item() == 11
    assert y2.item() == pytest.approx(4 * np.e**2 + 1)
    coupling.rho.forward = lambda x: torch.full_like(x, -50.0)
    assert coupling(torch.tensor([[3.0]]), torch.tensor([[4.0]]))[1].item() == pytest.approx(4 / np.e**2 + 1)


@pytest.mark.parametrize("scale", ["course", "paper"])
def test_coupling_starts_as_the_identity_and_can_always_be_undone(scale):
    x1, x2 = torch.rand(2, 1, 3, 16, 16)
    with torch.no_grad():
        y1, y2 = mmif_inet.build(scale).couplings[0][0](x1, x2)
        assert torch.equal(y1, x1) and torch.equal(y2, x2)
        coupling = shaken(scale=scale).couplings[0][0]
        y1, y2 = coupling(x1, x2)
        assert (y1 - x1).abs().max() > 0.01
        z1, z2 = coupling.inverse(y1, y2)
    assert max((z1 - x1).abs().max(), (z2 - x2).abs().max()) < 1e-5


def test_all_scales_together_can_be_undone_from_the_coarsest_low_pass_band():
    a, b = torch.rand(1, 1, 32, 40), torch.rand(1, 3, 32, 40)
    network = shaken()
    with torch.no_grad():
        levels = network.decompose(a, b)
        assert [bands[0].shape[-2:] for bands, _ in levels] == [(16, 20), (8, 10), (4, 5)]
        assert [len(c) for c in network.couplings] == [2, 1, 1]
        for bands_a, bands_b in levels[:2]:
            bands_a[0].zero_()
            bands_b[0].zero_()
        of_a, of_b = network.recompose(levels)
    assert max((of_a - a).abs().max(), (of_b - b).abs().max()) < 1e-5


def test_gates_take_a_or_b_and_the_way_up_adds_the_scales():
    """With nothing coupled the scales hold a, its 2 x 2 and its 4 x 4 averages, times 1, 2 and 4."""
    a, b = np.random.default_rng(0).random((2, 16, 24))
    blocks = [a.reshape(16 // k, k, 24 // k, k).mean(axis=(1, 3)).repeat(k, 0).repeat(k, 1) for k in (1, 2, 4)]
    network = open_network()
    tensors = [torch.from_numpy(x.astype(np.float32))[None, None] for x in (a, b)]
    with torch.no_grad():
        fused = network.in_color(*tensors)[0].numpy()
        np.testing.assert_allclose(fused, np.stack([blocks[0] + 2 * blocks[1] + 4 * blocks[2]] * 3), atol=1e-4)
        np.testing.assert_allclose(fused, network.in_color(tensors[0], 1 - tensors[1])[0].numpy(), atol=1e-4)


def test_the_loss_of_even_images_by_hand():
    fused, b = (torch.tensor(rgb).view(1, 3, 1, 1).expand(1, 3, 16, 16) for rgb in ((0.5, 0.5, 0.5), (0.8, 0.2, 0.2)))
    a = torch.full((1, 1, 16, 16), 0.3)
    other = 0.299 * 0.8 + 0.701 * 0.2
    terms = {name: term.item() for name, term in mmif_inet.color_terms(fused, a, b).items()}
    assert terms["structure"] == pytest.approx(0, abs=1e-4)
    assert terms["sharpness"] == pytest.approx(1, abs=1e-4)
    assert terms["luminance"] == pytest.approx(0.2**2 + 0.01 * (0.5 - other) ** 2, rel=1e-4)
    assert terms["chroma"] == pytest.approx(((0.2 - other) / 1.772) ** 2 + ((0.8 - other) / 1.402) ** 2, rel=1e-4)


def test_the_sharpness_of_a_ramp_by_hand():
    """A slope of 0.05 a pixel is 0.4 to the Sobel kernel; the reflected border columns have none."""
    ramp = (0.05 * torch.arange(16.0)).expand(1, 3, 16, 16)
    steepness = 8 * 0.05 * 14 / 16
    terms = mmif_inet.color_terms(ramp, ramp[:, :1], ramp)
    assert terms["sharpness"].item() == pytest.approx(1 - steepness / (steepness + 1), rel=1e-4)
    assert terms["structure"].item() == pytest.approx(0, abs=1e-4)


def test_the_colored_source_goes_in_second_whichever_way_it_comes_and_any_size_fits():
    network, rng = shaken(), np.random.default_rng(1)
    gray, rgb = rng.random((19, 21), dtype=np.float32), rng.random((19, 21, 3), dtype=np.float32)
    fused = run_network(network, gray, rgb)
    assert fused.shape == (19, 21, 3)
    np.testing.assert_array_equal(run_network(network, rgb, gray), fused)
    in_color = run_network(network, *(np.stack([x] * 3, axis=-1) for x in (gray, gray**2)))
    np.testing.assert_allclose(run_network(network, gray, gray**2), in_color.mean(axis=-1), atol=1e-6)


def test_training_lowers_the_loss_and_the_settled_half_leaves_the_statistics_alone():
    trained = train(mmif_inet.RECIPE, profile="smoke")
    values = [sum(record.validation.values()) for record in trained.history]
    assert values[-1] < 0.9 * values[0]
    normalize, data = trained.network.normalize, {"a": torch.rand(2, 1, 16, 16), "b": torch.rand(2, 3, 16, 16)}
    before = normalize.running_mean.clone()
    settled = mmif_inet.SettledStep(trained.network)
    settled.train_mode(trained.network, True)
    settled.losses(data)
    assert torch.equal(normalize.running_mean, before)
    mmif_inet.ColorStep(trained.network.train()).losses(data)
    assert not torch.equal(normalize.running_mean, before)


def test_the_shipped_network_keeps_the_color_of_pet(gray_pair):
    gray = gray_pair[0]
    red = np.zeros((*gray.shape, 3), np.float32)
    red[..., 0] = 0.6
    fused = fuse(gray, red, "mmif_inet")
    assert (fused[..., 0] - fused[..., 1:].max(axis=-1)).mean() > 0.1
