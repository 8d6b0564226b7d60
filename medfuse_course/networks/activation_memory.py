"""What a training step keeps in memory: counted tensor by tensor, without computing a single number.

A network keeps what the way back will need: the input of a convolution (for the gradient of its weights), the mask or
the output of an activation, the index of a maximum. PyTorch tells of each tensor that it keeps
(`torch.autograd.graph.saved_tensors_hooks`). On the device ``"meta"`` tensors have shapes and no numbers, so a volume
of 512 x 512 x 512 voxels costs nothing to ask about.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def kept_bytes(
    network: nn.Module, *shapes: Sequence[int], step: Callable[..., Tensor] | None = None, device: str = "meta"
) -> int:
    """Bytes that one forward pass keeps for the way back, the parameters not counted.

    Parameters
    ----------
    network
        Any module; a copy without numbers is asked, so nothing happens to it.
    *shapes
        Of its inputs, float32.
    step
        Function of the network and its inputs that gives a tensor, where ``network(*inputs)`` is not all there is.
    device
        ``"meta"`` computes nothing, and attention there writes its matrix of N x N weights down. On ``"cpu"`` zeros go
        through the network, and the kernels are those of a processor: attention is fused, and its matrix never exists.

    Returns
    -------
    Bytes. Tensors that share their memory are counted once.

    Examples
    --------
    >>> from torch import nn
    >>> kept_bytes(nn.Conv2d(1, 8, 3, padding=1), (2, 1, 64, 64)) == 2 * 64 * 64 * 4  # its input
    True
    """
    asked = copy.deepcopy(network).to(device).train()
    inputs = [torch.zeros(*shape, device=device) for shape in shapes]
    own = {_memory(tensor) for tensor in (*asked.parameters(), *asked.buffers())}
    kept: dict[int, tuple[int, Tensor]] = {}  # the tensor is held, or its place would be given to another

    def note(tensor: Tensor) -> Tensor:
        if _memory(tensor) not in own:
            kept[_memory(tensor)] = (tensor.untyped_storage().nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, _as_it_is):
        result = step(asked, *inputs) if step else asked(*inputs)
    del result
    return sum(size for size, _ in kept.values())


def owned_bytes(network: nn.Module, optimizer: str = "adam") -> int:
    """Bytes of the parameters, of their gradients, and of what an optimizer remembers of each: 16 a parameter for Adam.

    Parameters
    ----------
    network
        Any module.
    optimizer
        ``"adam"`` remembers two numbers for each parameter, ``"sgd"`` none, ``"momentum"`` one.

    Returns
    -------
    Bytes, float32.

    Raises
    ------
    ValueError
        An unknown optimizer.

    Examples
    --------
    >>> from torch import nn
    >>> from medfuse_course.networks import owned_bytes
    >>> layer = nn.Linear(100, 1, bias=False)
    >>> [owned_bytes(layer, optimizer) for optimizer in ("adam", "momentum", "sgd")]  # 16, 12 and 8 for each of 100
    [1600, 1200, 800]
    """
    remembered = {"adam": 2, "momentum": 1, "sgd": 0}
    if optimizer not in remembered:
        raise ValueError(f"optimizer: expected one of {', '.join(remembered)}, got {optimizer!r}")
    return (2 + remembered[optimizer]) * sum(4 * parameter.numel() for parameter in network.parameters())


def _memory(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _as_it_is(tensor: Any) -> Any:
    return tensor
