"""Pretrained networks, used for their features: VGG and ResNet, with torchvision's names.

Nothing is downloaded before `load_backbone` is called. torchvision itself is not needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from medfuse_course.core.device import current_device
from medfuse_course.core.registry import lookup
from medfuse_course.networks.backbones.features import MEAN, STD, imagenet_input
from medfuse_course.networks.backbones.resnet import BasicBlock, Bottleneck, ResNet
from medfuse_course.networks.backbones.vgg import VGG, VGG16, VGG19
from medfuse_course.networks.tensor_files import fill, read_tensors
from medfuse_course.networks.weight_sources import Download, Untrained, WeightSource, as_source

__all__ = ["BACKBONES", "MEAN", "STD", "VGG", "Backbone", "ResNet", "imagenet_input", "load_backbone"]

_PUBLIC = "https://download.pytorch.org/models/"


@dataclass(frozen=True)
class Backbone:
    """How a backbone is built, and where its ImageNet weights lie."""

    build: Callable[[], VGG | ResNet]
    imagenet: Download


BACKBONES = {
    "vgg16": Backbone(partial(VGG, VGG16), Download(f"{_PUBLIC}vgg16-397923af.pth", "397923af")),
    "vgg19": Backbone(partial(VGG, VGG19), Download(f"{_PUBLIC}vgg19-dcbb9e9d.pth", "dcbb9e9d")),
    "resnet18": Backbone(
        partial(ResNet, BasicBlock, (2, 2, 2, 2)), Download(f"{_PUBLIC}resnet18-f37072fd.pth", "f37072fd")
    ),
    "resnet50": Backbone(
        partial(ResNet, Bottleneck, (3, 4, 6, 3)), Download(f"{_PUBLIC}resnet50-0676ba61.pth", "0676ba61")
    ),
}
"""By name; the digits in a file's name begin its sha256, as torchvision pins it."""


def load_backbone(name: str, weights: str | Path | WeightSource = "imagenet") -> VGG | ResNet:
    """A backbone, frozen, in evaluation mode, on the current device: the caller's own.

    Parameters
    ----------
    name
        ``"vgg16"``, ``"vgg19"`` (0.5 GB to download each, of which 60 and 80 MB are used), ``"resnet18"`` (45 MB) or
        ``"resnet50"`` (100 MB).
    weights
        ``"imagenet"``: torchvision's public file, downloaded once; a file with the same names (``.pth``,
        ``.safetensors``), with or without the classifier of a VGG; or ``"none"``: fixed random filters.

    Returns
    -------
    A network with ``features(x, layers)``; its attribute ``weight_source`` says where the weights come from.

    Raises
    ------
    UnknownNameError
        No backbone of that name.
    WeightsUnavailableError
        The public file could not be downloaded.
    FileNotFoundError, CheckpointError
        No such file, or one of another network.
    """
    declared = lookup("backbone", name, BACKBONES)
    source = declared.imagenet if weights == "imagenet" else as_source(weights)
    with torch.random.fork_rng(devices=[]):  # what is drawn here is overwritten
        network = declared.build()
    if isinstance(source, Untrained):
        source.draw(network)
    else:
        path = source.path
        given = read_tensors(path)
        if isinstance(network, VGG):
            given = {key: tensor for key, tensor in given.items() if not key.startswith("classifier.")}
        for key in network.state_dict():
            if key.endswith("num_batches_tracked"):
                given.setdefault(key, torch.tensor(0))  # older files do not count batches
        fill(network, given, path)
    network.weight_source = source  # type: ignore[assignment]
    return network.to(current_device()).eval().requires_grad_(False)
