"""DCGAN against the published layout."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.networks import count_parameters, dcgan  # noqa: E402


def shapes(network, inputs):
    """What comes out of each convolution."""
    seen = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(lambda layer, given, made: seen.append(tuple(made.shape[1:])))
    network(inputs)
    return seen


@pytest.mark.parametrize(("channels", "count"), [(1, 3_574_656), (3, 3_576_704)])
def test_the_published_generator_has_as_many_weights_as_it_should(channels, count):
    assert count_parameters(dcgan("paper", channels=channels).generator) == count


def test_the_published_players_layer_by_layer():
    players = dcgan("paper")
    made = shapes(players.generator, torch.randn(2, 100))
    assert made == [(512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (1, 64, 64)]
    assert shapes(players.discriminator, torch.randn(2, 1, 64, 64)) == [*made[-2::-1], (1, 1, 1)]


def test_the_course_players_are_small_and_of_the_same_make():
    players = dcgan()
    made = shapes(players.generator, torch.randn(2, 32))
    assert made == [(128, 4, 4), (64, 8, 8), (32, 16, 16), (1, 32, 32)]
    assert shapes(players.discriminator, torch.randn(2, 1, 32, 32)) == [*made[-2::-1], (1, 1, 1)]
    assert 4 * count_parameters(players.generator) < 1_000_000  # bytes of weights


@pytest.mark.parametrize("scale", ["paper", "course"])
def test_the_rules_of_the_architecture(scale):
    players = dcgan(scale)
    for network, activation in ((players.generator, nn.ReLU), (players.discriminator, nn.LeakyReLU)):
        layers = list(network.children())
        assert not any(isinstance(layer, nn.Linear | nn.MaxPool2d | nn.AvgPool2d) for layer in layers)
        assert all(layer.bias is None for layer in layers if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d))
        after = [type(layers[k + 1]) for k, layer in enumerate(layers) if isinstance(layer, nn.BatchNorm2d)]
        assert set(after) == {activation} and len(after) == sum(isinstance(x, activation) for x in layers) - (
            activation is nn.LeakyReLU
        )
    assert isinstance(players.generator[-1], nn.Tanh) and not isinstance(players.generator[-2], nn.BatchNorm2d)
    assert not isinstance(players.discriminator[1], nn.BatchNorm2d)


def test_it_starts_as_published():
    torch.manual_seed(0)
    for layer in dcgan("paper").modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.06) and abs(layer.weight.mean()) < 2e-3
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.weight.mean().item() == pytest.approx(1, abs=0.01)
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.3) and layer.bias.abs().max() == 0


def test_an_unknown_scale_is_answered():
    with pytest.raises(ValueError, match="did you mean 'paper'"):
        dcgan("papers")
