"""Where learned methods run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def current_device() -> "torch.device":
    """The device that ``MEDFUSE_DEVICE`` names, else a GPU when there is one, else the CPU.

    Raises
    ------
    ImportError
        PyTorch is not installed; the message says how to get it.
    ValueError
        ``MEDFUSE_DEVICE`` names a device that is not here.
    """
    torch = require_torch()
    wanted = os.environ.get("MEDFUSE_DEVICE")
    if not wanted:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"MEDFUSE_DEVICE: expected a device that is here, got {wanted!r} ({reason}); try cpu"
        ) from error
    return device


@contextmanager
def own_randomness(seed: int | None = None) -> Iterator[None]:
    """Draw from torch's global generators and give them back as they were: nobody's next numbers change.

    Parameters
    ----------
    seed
        What they are seeded with inside; None goes on from where they stand.

    Yields
    ------
    Nothing.
    """
    torch = require_torch()
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if torch.cuda.is_available() else []):
        if seed is not None:
            torch.manual_seed(seed)
        yield


@contextmanager
def enough_memory(what: str, advice: str) -> Iterator[None]:
    """Say what did not fit where a GPU runs out of memory, and what to do: a `MemoryError`, not a traceback of CUDA."""
    torch = require_torch()
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryError(f"{what}: the device has too little memory; use {advice}, or MEDFUSE_DEVICE=cpu") from error


def require_torch() -> Any:
    """Import torch, or say how to install it."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "learned methods need PyTorch, which is not installed; install it with: pip install 'medfuse-course[torch]'"
        ) from error
    return torch


def _use_one_thread() -> None:
    """In a forked child: the threads that torch had in the parent are not there, and waiting for them has no end."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)
