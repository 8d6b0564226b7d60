"""FusionGAN: published sizes, its margin, its losses by hand, whom the discriminator sees, and what a run says."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:fusiongan: ")]  # what so short a game ends with

from scipy import ndimage  # noqa: E402
from torch.nn.functional import conv2d, leaky_relu, mse_loss, pad  # noqa: E402

from medfuse_course.methods import weights  # noqa: E402
from medfuse_course.methods.gan import fusiongan  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import TrainingWarning, train  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402
from tests.training.tiny import Noise  # noqa: E402

RECIPE = replace(fusiongan.RECIPE, data=Noise())


def pair(seed=0, side=68, count=2):
    torch.manual_seed(seed)
    return {"a": torch.rand(count, 1, side, side), "b": torch.rand(count, 1, side, side)}


def game(scale="course"):
    torch.manual_seed(0)
    return fusiongan.FusionGame(fusiongan.build_players(scale))


def conv(inputs, outputs, size):
    return size**2 * inputs * outputs + outputs


def test_published_sizes_counted_by_hand():
    """A normalization has two numbers a channel; the last map of the discriminator has 6 x 6 pixels."""
    generator = conv(2, 256, 5) + conv(256, 128, 5) + conv(128, 64, 3) + conv(64, 32, 3) + conv(32, 1, 1)
    discriminator = conv(1, 32, 3) + conv(32, 64, 3) + conv(64, 128, 3) + conv(128, 256, 3) + 6 * 6 * 256 + 1
    players = fusiongan.build_players("paper")
    assert count_parameters(players.generator) == generator + 2 * (256 + 128 + 64 + 32) == 925_633
    assert count_parameters(players.discriminator) == discriminator + 2 * (64 + 128 + 256) == 397_953


def test_twelve_pixels_are_lost_and_whole_images_lose_none():
    network, data = game().players.generator.eval(), pair(side=40)
    with torch.no_grad():
        inside, whole = network.inside(**data), network(**data)
    assert inside.shape == (2, 1, 28, 28) and whole.shape == (2, 1, 40, 40)
    assert torch.allclose(whole[..., 6:-6, 6:-6], inside, atol=1e-6)


def test_the_generator_layer_by_layer():
    """Plain convolutions with kernels divided by their largest singular value, and the means met in training."""
    network, data = game().players.generator, pair(side=16)
    for _ in range(300):
        network.inside(**data)  # the singular value is found by and by
    network.eval()
    x = 2 * torch.cat([data["b"], data["a"]], 1) - 1
    for k in range(5):
        layer = network.layers[3 * k]
        kernel = layer.parametrizations.weight.original
        x = conv2d(x, kernel / torch.linalg.matrix_norm(kernel.flatten(1), 2), layer.bias)
        if k < 4:
            norm = network.layers[3 * k + 1]
            mean, var, gain, shift = (
                t.view(1, -1, 1, 1) for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
            )
            x = leaky_relu((x - mean) / torch.sqrt(var + 1e-5) * gain + shift, 0.2)
    with torch.no_grad():
        torch.testing.assert_close(network.inside(**data), (torch.tanh(x) + 1) / 2, atol=2e-3, rtol=0)


def test_content_by_hand():
    """Of one bright pixel: differences of 2 in [-1, 1], and a Laplacian of -8 in it and 2 beside it."""
    dark, spot = torch.zeros(1, 1, 7, 7), torch.zeros(1, 1, 7, 7)
    spot[..., 3, 3] = 1
    found = fusiongan.content(spot, dark, dark)
    assert found["intensity"].item() == pytest.approx(100 * 4 / 49)
    assert found["gradient"].item() == pytest.approx(100 * 5 * (64 + 4 * 4) / 25)


def test_the_laplacian_is_that_of_scipy():
    image = pair(side=12)["a"][:1]
    expected = ndimage.laplace(image[0, 0].double().numpy())[1:-1, 1:-1]
    np.testing.assert_allclose(fusiongan.laplacian(image)[0, 0].numpy(), expected, atol=1e-5)


def test_content_is_nothing_for_three_equal_images_and_a_constant_shift_of_a_changes_nothing():
    a, b = pair()["a"], pair()["b"]
    assert all(term.item() == 0 for term in fusiongan.content(a, a, a).values())
    shifted = fusiongan.content(b, a + 0.1, b)["gradient"]
    assert shifted.item() == pytest.approx(fusiongan.content(b, a, b)["gradient"].item(), rel=1e-5)
    assert fusiongan.content(a + 0.1, a, a)["gradient"].item() == pytest.approx(0, abs=1e-8)


def test_the_gradient_term_has_a_gradient():
    """A port computes its Laplacian without gradients: the source of edges then changes nothing."""
    f = pair()["a"].requires_grad_()
    term = fusiongan.content(f, pair(1)["a"], pair(1)["b"])["gradient"]
    (slope,) = torch.autograd.grad(term, f)
    assert slope.abs().min() >= 0 and slope.abs().mean() > 1e-3
    step = torch.zeros_like(f)
    step[0, 0, 30, 31] = 1e-3
    more, less = (
        fusiongan.content((f + s).double(), pair(1)["a"].double(), pair(1)["b"].double())["gradient"]
        for s in (step, -step)
    )
    assert ((more - less) / 2e-3).item() == pytest.approx(slope[0, 0, 30, 31].item(), rel=1e-3)


def test_the_loss_is_flat_at_the_best_image():
    """So no network finds a better one; images go on periodically, as they do in the Fourier domain."""
    a, b = np.random.default_rng(0).random((2, 14, 17))
    f = torch.tensor(fusiongan.best_image(a, b))[None, None].requires_grad_()

    def around(x):
        return fusiongan.laplacian(pad(x, (1, 1, 1, 1), mode="circular"))

    of_a, of_b = (torch.tensor(x)[None, None] for x in (a, b))
    loss = mse_loss(f, of_b) + fusiongan.GRADIENT * mse_loss(around(f), around(of_a))
    (slope,) = torch.autograd.grad(loss, f)
    assert slope.abs().max() < 1e-12 and loss < mse_loss(of_a, of_b)


def test_labels_are_drawn_anew_for_each_image_and_between_their_ends():
    """``(d - c)^2`` of c in [0.7, 1.2] at d = 10, and the same again with the same seed."""
    said = torch.full((1000, 1), 10.0)
    torch.manual_seed(0)
    first = fusiongan.soft(said, "wanted").item()
    torch.manual_seed(0)
    again, other = fusiongan.soft(said, "wanted").item(), fusiongan.soft(said, "wanted").item()
    mean = ((10 - 0.7) ** 3 - (10 - 1.2) ** 3) / 3 / 0.5
    assert first == again != other and first == pytest.approx(mean, rel=5e-3)
    nothing = torch.zeros(1000, 1)
    both = ((1.2**3 - 0.7**3) / 0.5 + 0.3**3 / 0.3) / 3
    assert fusiongan.soft_discriminator(nothing, nothing).item() == pytest.approx(both, rel=0.05)


def test_the_discriminator_sees_the_source_of_edges_alone():
    step, data = game(), pair()
    assert torch.equal(step.real(data), data["a"][..., 6:-6, 6:-6])
    assert torch.equal(step.likened(data), data["b"][..., 6:-6, 6:-6])
    (discriminator, generator) = step.updates
    assert (discriminator.every, generator.every) == (1, 2)
    assert list(step.generator_losses(data)) == ["generator", "intensity", "gradient"]


def test_a_larger_patch_is_judged_square_by_square_and_a_smaller_one_is_refused():
    judge = game().players.discriminator.eval()
    image = torch.rand(2, 1, 56, 112)
    with torch.no_grad():
        halves = [judge(half) for half in image.split(56, dim=3)]
        assert torch.allclose(judge(image), sum(halves) / 2, atol=1e-6)
    with pytest.raises(ValueError, match="patch: expected at least 68 pixels, 12 of them margin, got 67"):
        judge(torch.rand(1, 1, 56, 55))


def test_a_dark_run_says_so_and_so_do_its_weights(tmp_path):
    """A last layer that gives a fiftieth: users have seen their images turn dark."""

    class Dark(fusiongan.FusionGan):
        def inside(self, a, b):
            return super().inside(a, b) / 50

    def players(scale):
        made = fusiongan.build_players(scale)
        made.generator.__class__ = Dark
        return made

    dark = replace(RECIPE, network=players)
    with pytest.warns(TrainingWarning, match="fusiongan: too dark: its samples lie -") as said:
        trained = train(dark, profile="smoke")
    file = tmp_path / "dark.safetensors"
    weights.save(trained, file)
    assert [f"fusiongan: {fault}" for fault in weights.inspect(file).provenance["faults"]] == [
        str(one.message) for one in said
    ]
    assert trained.history[-1].watched["level"] < -0.5


def test_air_that_is_lifted_counts_in_the_recipe_and_not_as_published():
    """Sources of 0.02, and whatever a fresh network makes of them."""
    data = {name: torch.full((2, 1, 68, 68), 0.02) for name in "ab"}
    published, ours = game(), RECIPE.phases[0].step(game().players)
    assert "air" not in published.content(published.samples(data), data)
    fused = ours.samples(data)
    expected = fusiongan.AIR * (fused - 0.02).clamp_min(0).mean()
    assert ours.content(fused, data)["air"].item() == pytest.approx(expected.item(), rel=1e-5) and expected > 0


def test_a_game_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(tmp_path):
    """Drawn labels, running means and the vectors of the spectral norm included."""
    ends_where_it_would_have_ended(RECIPE, tmp_path, 7, "smoke")
