"""Trained weights: where they lie, what they say of themselves, how a network gets them.

The ones that ship lie in ``data/weights/<slug>.safetensors``; those that `medfuse train` makes go to the cache, and are
used only when asked for by path. A file holds its provenance in its header. Nothing is pickled.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from medfuse_course.core.device import current_device, own_randomness
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import check_name, load_object
from medfuse_course.methods.base import Method
from medfuse_course.methods.catalogue import get_method, learned_methods
from medfuse_course.networks.backbones import BACKBONES, backbone_source, load_backbone
from medfuse_course.networks.tensor_files import CheckpointError, fill, load_tensors, read_tensors, save_tensors
from medfuse_course.networks.weight_sources import Shipped, Untrained, WeightSource, as_source

if TYPE_CHECKING:
    from medfuse_course.training import Trained


class WeightsMissingError(FileNotFoundError):
    """No weights ship for this method at this scale; the message names the command that makes them."""


@dataclass(frozen=True)
class Weights:
    """One file of weights and what it says of itself: recipe hash, profile, data, seed, device, seconds, losses."""

    path: Path
    provenance: Mapping[str, Any]

    @property
    def is_current(self) -> bool:
        """Whether they come from the recipe as it stands now."""
        recipes = {recipe.slug: recipe for recipe in (load_object(method.recipe) for method in learned_methods())}
        recipe = recipes.get(self.provenance["slug"])
        return recipe is not None and self.provenance.get("recipe") == recipe.digest(self.provenance["profile"])


def shipped_path(slug: str) -> Path:
    """Where the shipped weights of a method lie, or those of a trunk, which several methods share.

    Examples
    --------
    >>> from medfuse_course.methods import shipped_path
    >>> shipped_path("ifcnn").name
    'ifcnn.safetensors'
    """
    trunks = {load_object(method.recipe).slug: method.slug for method in learned_methods() if method.backbone}
    recipe = get_method(trunks.get(slug, slug)).recipe
    if not recipe:
        raise ValueError(f"method: {slug} learns nothing and has no weights; medfuse weights list says which have")
    try:
        return data_path("weights", f"{load_object(recipe).slug}.safetensors")
    except FileNotFoundError as error:
        raise WeightsMissingError(
            f"{slug}: no trained weights ship with this installation; make them with: medfuse train {slug}"
        ) from error


def shipped() -> tuple[Weights, ...]:
    """All weights that ship, verified, by name."""
    return tuple(inspect(path) for path in sorted(data_path("weights").glob("*.safetensors")))


def inspect(path: Path) -> Weights:
    """Read and verify a file of weights.

    Raises
    ------
    FileNotFoundError
        There is none.
    CheckpointError
        It is truncated or altered.

    Examples
    --------
    >>> from medfuse_course.methods import inspect, shipped_path
    >>> weights = inspect(shipped_path("ifcnn"))
    >>> weights.path.name, weights.provenance["slug"], weights.is_current
    ('ifcnn.safetensors', 'ifcnn', True)
    """
    about = load_tensors(path)[1]
    if "sha256" not in about:
        raise CheckpointError(f"{path}: it has no checksum, so nobody can tell whether it was altered; get it again")
    return Weights(path, about)


def save(trained: "Trained", path: Path, *, overwrite: bool = True) -> Weights:
    """Write what training made, with its provenance, whole or not at all; a file that is there stays unless told."""
    tensors = trained.network.state_dict()
    save_tensors(path, tensors, trained.provenance, overwrite=overwrite)
    return inspect(path)


def load_network(method: Method, scale: str = "course", weights: str | Path | WeightSource | None = None) -> nn.Module:
    """The network of a method with its weights, frozen, in evaluation mode, on the current device: the caller's own.

    Its attribute ``weight_source`` says where the weights come from.

    Parameters
    ----------
    method
        A learned method.
    scale
        ``"course"``, for which weights ship, or ``"paper"``, which needs `weights`.
    weights
        A file in the layout of this network: safetensors, or a published one (``.pth``, ``.mat``) where the method's
        module has a ``read_published``; ``"none"``: fixed random filters. None: the shipped ones. Of a method with a
        `backbone` they are those of its trunk, as `networks.backbones.load_backbone` takes them, or the name of
        another trunk, which then takes its place with its ImageNet weights.

    Returns
    -------
    A network that nobody else holds.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.methods import get_method, load_network
    >>> network = load_network(get_method("ifcnn"))
    >>> a, b = torch.zeros(2, 1, 1, 32, 32)
    >>> tuple(network(a, b).shape), any(p.requires_grad for p in network.parameters())
    ((1, 1, 32, 32), False)
    >>> str(network.weight_source).partition(",")[0]
    'shipped: ifcnn.safetensors'
    """
    return copy.deepcopy(kept_network(method, scale, weights))


def kept_network(method: Method, scale: str = "course", weights: str | Path | WeightSource | None = None) -> nn.Module:
    """As `load_network`, kept for next time: for those who run it, change nothing and hand it to nobody."""
    source = weight_source(method, scale, weights)
    return _network(method, scale, source, source.identity, str(current_device()))


def weight_source(
    method: Method, scale: str = "course", weights: str | Path | WeightSource | None = None
) -> WeightSource:
    """Where the weights come from that `load_network` would give a network; ``str`` of it says so in a line."""
    check_name("scale", scale, ("course", "paper"))
    if weights is not None and method.backbone:
        public = BACKBONES.get(str(weights))
        return public.imagenet if public else backbone_source(method.backbone, weights, *BACKBONES)
    if isinstance(weights, str) and weights in {"imagenet", "course", *BACKBONES}:
        raise ValueError(f"weights: {method.slug} has no trunk to put {weights!r} into; name a file, or 'none'")
    if weights is not None:
        return as_source(weights)
    if scale != "course":
        advice = "weights='imagenet' downloads them; or " if method.backbone else ""
        raise WeightsMissingError(
            f"{method.slug}: weights ship for scale='course' only, got scale={scale!r}; {advice}name a file with "
            f"weights=..., or make one with: medfuse train {method.slug} --scale {scale}"
        )
    return Shipped(shipped_path(method.slug))


@lru_cache(maxsize=8)
def _network(method: Method, scale: str, source: WeightSource, identity: str, device: str) -> nn.Module:
    build = load_object(method.network)
    if method.backbone:
        with own_randomness():
            network: nn.Module = build(scale)
        trunk = next((name for name, one in BACKBONES.items() if one.imagenet == source), method.backbone)
        network.extractor.trunk = load_backbone(trunk, source, scale=scale)  # type: ignore[union-attr]
    elif isinstance(source, Untrained):
        with own_randomness(source.seed):  # for what is drawn elsewhere than in a convolution
            network = build(scale)
        source.draw(network)
    else:
        with own_randomness():  # what is drawn here is overwritten
            network = build(scale)
        fill(network, _read(method, source.path), source.path)
    network.weight_source = source  # type: ignore[assignment]
    return network.to(device).eval().requires_grad_(False)


def _read(method: Method, path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        return read_tensors(path)
    from importlib import import_module

    module = import_module(method.network.partition(":")[0])
    if not hasattr(module, "read_published"):
        raise ValueError(f"weights: {method.slug} reads .safetensors only, got {path.name!r}")
    return module.read_published(path)
