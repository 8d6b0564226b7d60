"""Modules and optimizers as flat tensors by name, and back."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def pack(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a module under a prefix."""
    return {f"{prefix}/{name}": tensor for name, tensor in module.state_dict().items()}


def pack_optimizer(prefix: str, optimizer: Optimizer) -> dict[str, Tensor]:
    """The tensors of an optimizer under a prefix: ``prefix/parameter/name``."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}/{k}/{name}": torch.as_tensor(value) for k, of in state.items() for name, value in of.items()}


def unpack(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under a prefix, without it."""
    return {name.removeprefix(f"{prefix}/"): t for name, t in tensors.items() if name.startswith(f"{prefix}/")}


def restore_optimizer(prefix: str, tensors: Mapping[str, Tensor], optimizer: Optimizer) -> None:
    """Put back what `pack_optimizer` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in unpack(prefix, tensors).items():
        number, key = name.split("/")
        state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
