import copy

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import (  # noqa: E402
    PlainFuser,
    apply_masks,
    channels_masked,
    channels_removed,
    count_parameters,
    smallest_masked,
    strongest_channels,
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return PlainFuser((8, 12, 6), on_maximum=True)


PAIR = torch.rand(2, 2, 1, 20, 17, generator=torch.Generator().manual_seed(1))


def _masked(network, masks):
    other = copy.deepcopy(network)
    apply_masks(other, masks)
    return other


def test_the_smallest_weights_go_over_all_layers_and_biases_stay(network):
    masks = smallest_masked(network, 0.75)
    weights = {name: p for name, p in network.named_parameters() if name.endswith("weight")}
    assert masks.keys() == weights.keys()
    gone = torch.cat([weights[n][masks[n] == 0].abs() for n in masks])
    stay = torch.cat([weights[n][masks[n] == 1].abs() for n in masks])
    assert gone.numel() == round(0.75 * (gone.numel() + stay.numel())) and gone.max() <= stay.min()
    pruned = _masked(network, masks)
    assert sum(int((p == 0).sum()) for p in pruned.parameters()) == gone.numel()
    for layer, old in zip(pruned.convolutions, network.convolutions, strict=True):
        assert torch.equal(layer.bias, old.bias)


def test_with_a_sparsity_of_zero_nothing_changes(network):
    with torch.no_grad():
        kept = strongest_channels(network, 0.0)
        assert torch.equal(_masked(network, smallest_masked(network, 0.0))(*PAIR), network(*PAIR))
        assert torch.equal(channels_removed(network, kept)(*PAIR), network(*PAIR))


@pytest.mark.parametrize("sparsity", [0.3, 0.8, 0.95, 0.999])
def test_the_smaller_network_draws_what_the_masked_one_draws(network, sparsity):
    kept = strongest_channels(network, sparsity)
    masked, smaller = _masked(network, channels_masked(network, kept)), channels_removed(network, kept)
    assert count_parameters(smaller) < count_parameters(masked) == count_parameters(network)
    with torch.no_grad():
        whole = masked.double()(*PAIR.double())
        assert torch.allclose(smaller.double()(*PAIR.double()), whole, rtol=0, atol=1e-14)
        assert (whole - network.double()(*PAIR.double())).abs().max() > 1e-3


def test_channels_of_the_largest_kernels_stay(network):
    first = network.convolutions[0]
    with torch.no_grad():
        first.weight.mul_(torch.tensor([1, 9, 1, 9, 1, 1, 1, 9.0]).view(8, 1, 1, 1))
    kept = strongest_channels(network, 1 - (3 / 8) ** 2)
    assert kept[0].tolist() == [1, 3, 7] and [len(x) for x in kept] == [3, 4, 2]


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, float("nan")])
def test_a_share_that_is_none_is_answered(network, sparsity):
    with pytest.raises(ValueError, match=r"sparsity: expected a share in \[0, 1\)"):
        smallest_masked(network, sparsity)
