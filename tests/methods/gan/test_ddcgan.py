"""DDcGAN: published sizes, two judges at two resolutions, its losses by hand."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:ddcgan: ")]  # what so short a game ends with

from torch.nn.functional import conv2d, pad, relu  # noqa: E402

from medfuse_course.methods.gan import ddcgan  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402
from tests.training.tiny import Noise  # noqa: E402

RECIPE = replace(ddcgan.RECIPE, data=Noise())


def pair(seed=0, side=84, count=2):
    torch.manual_seed(seed)
    return {"a": torch.rand(count, 1, side, side), "b": torch.rand(count, 1, side, side)}


def game(scale="course"):
    torch.manual_seed(0)
    return ddcgan.DualGame(ddcgan.build_players(scale))


def conv(inputs, outputs):
    return 9 * inputs * outputs + outputs


def test_published_sizes_counted_by_hand():
    """Two kernels without bias; two numbers a channel of a normalization; last maps of 11 x 11 and 3 x 3 pixels."""
    encoder = sum(conv(inputs, 48) + 2 * 48 for inputs in (2, 48, 96, 144, 192))
    widths = (240, 240, 128, 64, 32)
    decoder = sum(conv(i, o) + 2 * o for i, o in pairwise(widths)) + conv(32, 1)
    judge = conv(1, 16) + conv(16, 32) + conv(32, 64) + 2 * (32 + 64)
    players = ddcgan.build_players("paper")
    assert count_parameters(players.generator) == 2 * 9 + encoder + decoder == 1_097_683
    assert count_parameters(players.discriminator.of_a) == judge + 11 * 11 * 64 + 1 == 31_233
    assert count_parameters(players.discriminator.of_b) == judge + 3 * 3 * 64 + 1 == 24_065


def test_the_generator_layer_by_layer():
    network, data = ddcgan.build("course"), pair(side=24)
    with torch.no_grad():
        network(**data)
    w = network.eval().state_dict()

    def layer(x, name, last=False):
        x = conv2d(pad(x, (1, 1, 1, 1), mode="reflect"), w[f"{name}.0.weight"], w[f"{name}.0.bias"])
        if last:
            return x
        mean, var, gain, shift = (
            w[f"{name}.1.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return relu((x - mean) / torch.sqrt(var + 1e-5) * gain + shift)

    enlarged, fine = torch.zeros(2, 1, 24, 24), pad(data["a"], (1, 1, 1, 1))
    small = ddcgan.coarse(data["b"])
    for row in range(3):
        for column in range(3):
            enlarged[:, :, row::4, column::4] = small * w["of_b.weight"][0, 0, row, column]
    fine = conv2d(fine, w["of_a.weight"].flip(2, 3))
    x = layer(torch.cat([enlarged, fine], 1), "encoder.0")
    for k in range(1, 5):
        x = torch.cat([x, layer(x, f"encoder.{k}")], 1)
    for k in range(5):
        x = layer(x, f"decoder.{k}", last=k == 4)
    with torch.no_grad():
        torch.testing.assert_close(network(**data), torch.tanh(x) / 2 + 0.5, atol=1e-5, rtol=0)


def test_coarse_by_hand():
    """The first pixel is the mean of means: rows and columns 0 to 6, weighted 1 1 2 1 2 1 1 over 9."""
    image = pair(side=16, count=1)["a"]
    weights = np.array([1, 1, 2, 1, 2, 1, 1]) / 9
    expected = weights @ image[0, 0, :7, :7].numpy() @ weights
    assert ddcgan.coarse(image).shape == (1, 1, 4, 4)
    assert ddcgan.coarse(image)[0, 0, 0, 0].item() == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(ddcgan.coarse(torch.ones(1, 1, 84, 84)), torch.ones(1, 1, 21, 21))


def test_content_by_hand():
    """Published sums over a patch of 84 pixels, with their weights."""
    f, a, b = (torch.rand(1, 1, 84, 84, generator=torch.Generator().manual_seed(k)) for k in range(3))
    squared = ((ddcgan.coarse(f) - ddcgan.coarse(b)) ** 2).sum().item()
    assert ddcgan.content(f, a, b)["intensity"].item() == pytest.approx(0.8 * squared, rel=1e-5)
    dark, spot = torch.zeros(1, 1, 7, 7), torch.zeros(1, 1, 7, 7)
    spot[..., 3, 3] = 1  # the gradient is -1 there and 1/8 at eight neighbors
    assert ddcgan.content(spot, dark, spot)["gradient"].item() == pytest.approx(0.8 * 1.2 * 84**2 * 2 / 25, rel=1e-5)
    assert all(term.item() == 0 for term in ddcgan.content(a, a, a).values())
    assert ddcgan.content(a, a + 0.25, a)["gradient"].item() == pytest.approx(0, abs=1e-2)


def test_the_logarithm_of_the_published_probability():
    """``tanh(x) / 2 + 1/2`` is ``sigmoid(2 x)``: the loss in terms of the published output."""
    step, data = game(), pair()
    step.players.eval()
    with torch.no_grad():
        terms, fused = step.discriminator_losses(data), step.samples(data)
        judges = step.players.discriminator
        for name, judge, real, fake in (
            ("judge_a", judges.of_a, data["a"], fused),
            ("judge_b", judges.of_b, ddcgan.coarse(data["b"]), ddcgan.coarse(fused)),
        ):
            of_real, of_fake = (torch.tanh(judge.layers(x)) / 2 + 0.5 for x in (real, fake))
            expected = -of_real.log().mean() - (1 - of_fake).log().mean()
            assert terms[name].item() == pytest.approx(expected.item(), rel=1e-4)
        asked = step.generator_losses(data)
        said = torch.tanh(judges.of_b.layers(ddcgan.coarse(fused))) / 2 + 0.5
        assert asked["persuade_b"].item() == pytest.approx(-said.log().mean().item(), rel=1e-4)


def test_each_source_has_its_judge_and_that_of_b_sees_what_is_coarse():
    step, data = game(), pair()
    step.players.eval()
    found = dict.fromkeys(("persuade_a", "persuade_b"))
    fused = data["a"].clone().requires_grad_()
    for name in found:
        (found[name],) = torch.autograd.grad(step.persuade(fused, data)[name].sum(), fused)
    assert all(slope.abs().sum() > 0 for slope in found.values())
    with torch.no_grad():
        said = step.judge_coarse(data["b"])
        assert torch.equal(said, step.players.discriminator.of_b(ddcgan.coarse(data["b"])))
    with pytest.raises(ValueError, match="expected patches of 84 pixels, 21 for this discriminator, got"):
        step.players.discriminator.of_b(data["b"])


def test_weights_of_the_judges_are_clipped_and_those_of_the_generator_are_not():
    step = game()
    with torch.no_grad():
        for weight in step.players.parameters():
            weight.fill_(9)
        step.updates[0].after()
    assert all((weight == 8).all() for weight in step.players.discriminator.parameters())
    assert all((weight == 9).all() for weight in step.players.generator.parameters())


def test_a_game_with_two_judges_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(tmp_path):
    whole = ends_where_it_would_have_ended(RECIPE, tmp_path, 7, "smoke")
    assert {"balance", "balance_b", "spread", "level"} == whole.history[-1].watched.keys()
