"""What a network costs: multiply-adds, bytes that go through its layers, and the most memory held at a time."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode


def count_multiply_adds(network: nn.Module, *inputs: Tensor) -> int:
    """Multiplications, each with its addition, of all convolutions and linear layers, for these inputs.

    An output of a convolution costs ``C / g k^2``, where C channels in g groups come in and k is the side of the
    kernel; one of a linear layer costs as many as come in. Biases, activations, normalization and what stands in no
    layer, such as the products of an attention, are not counted.

    Parameters
    ----------
    network
        Is run once, in evaluation mode.
    *inputs
        As its ``forward`` takes them.

    Returns
    -------
    The sum over the batch.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.networks import count_multiply_adds
    >>> image = torch.zeros(1, 8, 10, 10)
    >>> count_multiply_adds(nn.Conv2d(8, 8, 3, padding=1), image)  # 800 outputs, each of 8 x 3 x 3 products
    57600
    >>> count_multiply_adds(nn.Conv2d(8, 8, 3, padding=1, groups=8), image)  # each channel alone: an eighth
    7200
    """
    counts: list[int] = []

    def note(layer: nn.Module, given: Sequence[Tensor], made: Tensor) -> None:
        if isinstance(layer, nn.Linear):
            counts.append(made.numel() * layer.in_features)
        elif isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
            counts.append(given[0].numel() * layer.out_channels // layer.groups * math.prod(layer.kernel_size))
        elif isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            counts.append(made.numel() * layer.in_channels // layer.groups * math.prod(layer.kernel_size))

    _run_watched(network, inputs, note)
    return sum(counts)


def count_bytes_moved(network: nn.Module, *inputs: Tensor) -> int:
    """Bytes that all layers read and write, each its input, its weights and its output once.

    Caches save some of it and work spaces add to it; where it is large beside the multiply-adds, memory sets the speed.

    Parameters
    ----------
    network, *inputs
        As `count_multiply_adds` takes them.

    Returns
    -------
    The sum over all modules that hold no other module.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.networks import count_bytes_moved
    >>> layer = nn.Conv2d(1, 8, 3, padding=1)
    >>> moved = count_bytes_moved(layer, torch.zeros(1, 1, 10, 10))
    >>> moved == 4 * (100 + 8 * 9 + 8 + 800)  # input, weights, biases, output
    True
    """
    counts: list[int] = []

    def note(layer: nn.Module, given: Sequence[Tensor], made: Tensor) -> None:
        counts.append(sum(x.nbytes for x in (*given, *layer.parameters(), made)))

    _run_watched(network, inputs, note)
    return sum(counts)


def peak_memory(network: nn.Module, *inputs: Tensor) -> int:
    """The most bytes that tensors made in a run without gradients hold at a time; inputs and weights are not counted.

    Seen after each operation of torch: what one needs for itself while it runs is not.

    Parameters
    ----------
    network, *inputs
        As `count_multiply_adds` takes them.

    Returns
    -------
    Bytes.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from medfuse_course.networks import peak_memory
    >>> image = torch.zeros(1, 1, 10, 10)
    >>> relu = nn.ReLU()
    >>> [peak_memory(nn.Sequential(*[relu] * n), image) for n in (1, 2, 3)]  # 400 bytes each, two of them at a time
    [400, 800, 800]
    """
    held = _Held([*network.parameters(), *network.buffers(), *inputs])
    with _evaluation(network), held:
        network(*inputs)
    return held.most


class _Held(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watches which storages are alive after each operation."""

    def __init__(self, known: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.known = {x.untyped_storage()._cdata for x in known}
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.alive = {key: entry for key, entry in self.alive.items() if not _is_gone(entry[0])}
        for x in made if isinstance(made, tuple | list) else (made,):
            if isinstance(x, Tensor):
                storage = x.untyped_storage()
                if storage._cdata not in self.known:
                    self.alive[storage._cdata] = _watch(storage), storage.nbytes()
        self.most = max(self.most, sum(size for _, size in self.alive.values()))
        return made


def _watch(storage: torch.UntypedStorage) -> StorageWeakRef:
    return StorageWeakRef(storage)  # type: ignore[no-untyped-call]


def _is_gone(reference: StorageWeakRef) -> bool:
    return bool(reference.expired())  # type: ignore[no-untyped-call]


def _run_watched(
    network: nn.Module, inputs: Sequence[Tensor], note: Callable[[nn.Module, Sequence[Tensor], Tensor], None]
) -> None:
    """Run once, and show each layer that holds no other what came in and what went out."""

    def hook(layer: nn.Module, given: tuple[Any, ...], made: Any) -> None:
        note(layer, [x for x in given if isinstance(x, Tensor)], made)

    with _evaluation(network), ExitStack() as hooks:
        for layer in network.modules():
            if not list(layer.children()):
                hooks.callback(layer.register_forward_hook(hook).remove)
        network(*inputs)


@contextmanager
def _evaluation(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards every layer is in the mode that it was in."""
    modes = {layer: layer.training for layer in network.modules()}
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for layer, mode in modes.items():
            layer.training = mode
