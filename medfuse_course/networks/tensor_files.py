"""Tensors in files: safetensors, with JSON about them in the header. Nothing is pickled.

A file is written beside its place and renamed, so whatever happens leaves the old one or the new one, whole.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from medfuse_course.core.files import atomic_path


class CheckpointError(ValueError):
    """A file of weights or of a run's state that cannot be used: truncated, altered, or of another recipe."""


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any], *, overwrite: bool = True
) -> None:
    """Write tensors and a JSON header with their checksum, whole or not at all, as `core.files.atomic_path` does."""
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    said = dict(about) | {"sha256": digest(whole)}
    with atomic_path(path, overwrite) as part:
        try:
            save_file(whole, part, {"about": json.dumps(said, sort_keys=True)})
        except SafetensorError as error:  # what the operating system said stands in its words only
            if not (number := re.search(r"\(os error (\d+)\)", str(error))):
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def digest(tensors: Mapping[str, Tensor]) -> str:
    """The sha256 of tensors: of their names, types, shapes and bytes, in the order of the names."""
    hashed = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        hashed.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        hashed.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return hashed.hexdigest()


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    CheckpointError
        It is truncated, altered or something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        tensors, about = _checked(path)
        if about is None:
            raise KeyError("it has no header of this library")
        return tensors, about
    except (SafetensorError, KeyError, json.JSONDecodeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{path}: not a whole file of weights ({reason}); make it again") from error


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file from elsewhere: safetensors with or without a header of ours, or what ``torch.save`` wrote.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    CheckpointError
        It is damaged, holds something else than tensors by name, or objects that would run code; these are not read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        if path.suffix == ".safetensors":
            return _checked(path)[0]
        content = torch.load(path, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except Exception as error:  # a damaged file makes torch raise almost anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if path.suffix != ".safetensors":  # torch would advise to let a file run its code
            reason = "torch finds no tensors in it, or objects that could run code"
        raise CheckpointError(f"{path}: not a whole file of weights ({reason}); get it again") from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]  # a checkpoint of a training
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in content.items()
    ):
        raise CheckpointError(
            f"{path}: expected tensors by name (a state_dict), got {type(content).__name__} of others"
        )
    return dict(content)


def _checked(path: Path) -> tuple[dict[str, Tensor], dict[str, Any] | None]:
    """Tensors and header; None is that of a file from elsewhere. A checksum that is there must be right."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    about = json.loads(metadata["about"]) if "about" in metadata else None
    if about is not None and about.get("sha256", "") not in ("", digest(tensors)):
        raise CheckpointError(f"{path}: its tensors do not match its checksum: it was altered; get it again")
    return tensors, about


def fill(network: nn.Module, tensors: Mapping[str, Tensor], said_by: str | Path) -> None:
    """Put tensors into a network.

    Raises
    ------
    CheckpointError
        They are those of another network, and the message says how they differ; or not all of them are finite.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    differing = sorted(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
    if differing:
        name = differing[0]
        raise CheckpointError(
            f"{said_by}: weights of another network: {len(differing)} of {len(wanted | given)} tensors differ, first "
            f"{name!r}: expected {wanted.get(name, 'none')}, got {given.get(name, 'none')}"
        )
    broken = sorted(name for name, tensor in tensors.items() if not tensor.isfinite().all())
    if broken:
        raise CheckpointError(
            f"{said_by}: NaN or infinite numbers in {len(broken)} of {len(given)} tensors, first {broken[0]!r}: its "
            "training went wrong; take another file"
        )
    network.load_state_dict(dict(tensors))
