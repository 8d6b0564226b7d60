"""Pruning: weights that are set to zero, and channels that are taken away.

Zeros leave a network as large and as slow as it was: its arrays have the same shapes. A channel that is taken away
leaves smaller arrays, and, if its numbers were zero before, the same image.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from medfuse_course.networks.light import PlainFuser

Masks = Mapping[str, Tensor]
Channels = Sequence[Tensor]


def smallest_masked(network: nn.Module, sparsity: float) -> Masks:
    """Masks that leave out the weights of smallest size, over all convolutions at once; biases stay.

    Parameters
    ----------
    network
        Is not changed.
    sparsity
        Share of the weights that go, in [0, 1); rounded to whole weights.

    Returns
    -------
    0 or 1 for each weight, by the names of the parameters.

    Raises
    ------
    ValueError
        `sparsity` is no such share.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.networks import smallest_masked
    >>> layer = nn.Linear(4, 1)
    >>> layer.weight.data = torch.tensor([[0.1, -3.0, 0.2, 2.0]])
    >>> smallest_masked(layer, sparsity=0.25)  # sizes count, not signs; the bias stays
    {'weight': tensor([[0., 1., 1., 1.]])}
    """
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity: expected a share in [0, 1), got {sparsity!r}")
    weights = {name: weight.detach() for name, weight in network.named_parameters() if weight.ndim > 1}
    sizes = torch.cat([weight.abs().flatten() for weight in weights.values()])
    kept = torch.ones_like(sizes)
    kept[sizes.argsort()[: round(sparsity * sizes.numel())]] = 0
    parts = torch.split(kept, [weight.numel() for weight in weights.values()])
    return {name: part.view_as(weights[name]) for name, part in zip(weights, parts, strict=True)}


def apply_masks(network: nn.Module, masks: Masks) -> None:
    """Set to zero what the masks leave out, in place.

    Parameters
    ----------
    network
        Whose parameters have these names.
    masks
        As `smallest_masked` returns them.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.networks import apply_masks, smallest_masked
    >>> layer = nn.Linear(4, 1, bias=False)
    >>> layer.weight.data = torch.tensor([[0.1, -3.0, 0.2, 2.0]])
    >>> apply_masks(layer, smallest_masked(layer, sparsity=0.5))
    >>> layer.weight.tolist()  # half of the weights, the small ones, are gone
    [[0.0, -3.0, 0.0, 2.0]]
    """
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        for name, mask in masks.items():
            parameters[name].mul_(mask)


def strongest_channels(network: PlainFuser, sparsity: float) -> Channels:
    """The channels of each hidden layer whose kernels have the largest sum of sizes.

    Parameters
    ----------
    network
        Is not changed.
    sparsity
        About this share of the numbers goes. Between two hidden layers their number falls with the square of the
        channels, so ``(1 - sparsity)**0.5`` of the channels stay, and one at least.

    Returns
    -------
    For each hidden layer the numbers of the channels that stay, increasing.

    Examples
    --------
    >>> from medfuse_course.networks import strongest_channels
    >>> from medfuse_course.networks.light import PlainFuser
    >>> network = PlainFuser([8, 8])
    >>> for layer in network.convolutions:
    ...     layer.weight.data[:2] = 1  # the first two channels of each layer are the strongest
    >>> [stay.tolist() for stay in strongest_channels(network, sparsity=15 / 16)]  # a quarter of the channels of each
    [[0, 1], [0, 1]]
    """
    kept = []
    for layer, width in zip(network.convolutions[:-1], network.widths, strict=True):
        strength = layer.weight.detach().abs().sum(dim=(1, 2, 3))
        count = max(1, round(width * (1 - sparsity) ** 0.5))
        kept.append(strength.argsort(descending=True)[:count].sort().values)
    return kept


def channels_masked(network: PlainFuser, kept: Channels) -> Masks:
    """Masks that leave out the kernels and the biases of all other channels.

    Parameters
    ----------
    network
        Is not changed.
    kept
        As `strongest_channels` returns it.

    Returns
    -------
    0 or 1 for each number of the hidden layers, by name. What a silent channel sends on is 0, whatever reads it.

    Examples
    --------
    >>> from medfuse_course.networks import channels_masked, strongest_channels
    >>> from medfuse_course.networks.light import PlainFuser
    >>> network = PlainFuser([8, 8])
    >>> masks = channels_masked(network, strongest_channels(network, sparsity=0.75))
    >>> {name: int(mask.sum()) for name, mask in masks.items()}  # half of the channels: 4 x 2 x 3 x 3, 4 x 8 x 3 x 3
    {'layers.0.weight': 72, 'layers.0.bias': 4, 'layers.1.weight': 288, 'layers.1.bias': 4}
    """
    masks = {}
    for number, stay in enumerate(kept):
        for kind in ("weight", "bias"):
            mask = torch.zeros_like(getattr(network.convolutions[number], kind))
            mask[stay] = 1
            masks[f"layers.{number}.{kind}"] = mask
    return masks


def channels_removed(network: PlainFuser, kept: Channels) -> PlainFuser:
    """A smaller network that draws what the masked one draws.

    Parameters
    ----------
    network
        Is not changed.
    kept
        As `strongest_channels` returns it.

    Returns
    -------
    A new network. Each layer has lost the kernels of channels that went, and of the others the slices that read these.

    Examples
    --------
    >>> import copy
    >>> import torch
    >>> from medfuse_course.networks import apply_masks, channels_masked, channels_removed, strongest_channels
    >>> from medfuse_course.networks.light import PlainFuser
    >>> network = PlainFuser([8, 8])
    >>> kept = strongest_channels(network, sparsity=0.75)
    >>> masked = copy.deepcopy(network)
    >>> apply_masks(masked, channels_masked(network, kept))
    >>> smaller = channels_removed(network, kept)
    >>> [one.convolutions[1].weight.numel() for one in (network, masked, smaller)]  # 8 x 8 x 9, then 4 x 4 x 9
    [576, 576, 144]
    >>> pair = torch.rand(2, 1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> torch.allclose(smaller(*pair), masked(*pair), atol=1e-5)  # smaller, and the same image
    True
    """
    smaller = PlainFuser([len(stay) for stay in kept], on_maximum=network.on_maximum)
    reads = [torch.arange(2), *kept]
    writes = [*kept, torch.arange(1)]
    with torch.no_grad():
        for old, new, read, write in zip(network.convolutions, smaller.convolutions, reads, writes, strict=True):
            new.weight.copy_(old.weight[write][:, read])
            if old.bias is not None and new.bias is not None:
                new.bias.copy_(old.bias[write])
    return smaller
