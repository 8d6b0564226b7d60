"""The networks of CycleGAN: a generator of residual blocks, a discriminator of patches, and a pool of past samples.

Reference: J.-Y. Zhu, T. Park, P. Isola and A. A. Efros, "Unpaired image-to-image translation using cycle-consistent
adversarial networks", ICCV 2017, 2242-2251. Layers and sizes are those of the authors' PyTorch code.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pad

_LEAST = 8  # pixels of a side, below which reflection finds nothing to reflect


class ResidualPair(nn.Module):
    """``x + norm(conv(relu(norm(conv(x)))))``, with reflected borders and nothing after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Add what the body found."""
        found: Tensor = x + self.body(x)
        return found


class ResnetGenerator(nn.Sequential):
    """``(N, C, H, W)`` to ``(N, C, H, W)`` in [-1, 1]; H and W are multiples of 4, and at least 8.

    A convolution of 7 x 7, two of stride 2, residual blocks, two transposed ones, a last of 7 x 7; instance
    normalization after each but the last.

    Parameters
    ----------
    width
        Channels of the first convolution; the blocks have four times as many.
    blocks
        Residual ones.
    channels
        Of the images.
    """

    def __init__(self, width: int = 64, blocks: int = 9, channels: int = 1) -> None:
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), *normed(width)]
        for inputs in (width, 2 * width):
            layers += [nn.Conv2d(inputs, 2 * inputs, 3, 2, 1), *normed(2 * inputs)]
        layers += [ResidualPair(4 * width) for _ in range(blocks)]
        super().__init__(*layers, *decoder(width, channels))
        self.apply(initialize)


def decoder(width: int, channels: int = 1) -> list[nn.Module]:
    """From ``4 width`` features back to an image of four times the size: layers in order."""
    layers: list[nn.Module] = []
    for inputs in (4 * width, 2 * width):
        layers += [nn.ConvTranspose2d(inputs, inputs // 2, 3, 2, 1, output_padding=1), *normed(inputs // 2)]
    return [*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]


def normed(channels: int) -> Iterator[nn.Module]:
    """What follows a convolution: each channel of each image to mean 0 and variance 1, then ReLU."""
    yield nn.InstanceNorm2d(channels)
    yield nn.ReLU()


class Translator(nn.Module):
    """A generator behind images in [0, 1] of any size, which it may see at a coarser grid.

    Instance normalization looks at the whole image, so it is not cut into tiles.

    Parameters
    ----------
    generator
        Takes and gives images in [-1, 1].
    step
        Pixels of the image, along each side, that become one of the generator's; what it makes is enlarged again,
        linearly. 1: it sees the image as it is.
    """

    reach: int | None = None

    def __init__(self, generator: nn.Module, step: int = 1) -> None:
        super().__init__()
        self.generator, self.step, self.multiple = generator, step, 4 * step

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` of one modality, as ``(N, 1, H, W)`` of the other; both in [0, 1]."""
        return self.translate(x)

    def translate(self, x: Tensor, **options: Any) -> Tensor:
        """As `forward`, with options of the generator."""
        height, width = x.shape[-2:]
        x = avg_pool2d(x, self.step) if self.step > 1 else x
        missing = [max(0, _LEAST - side) for side in x.shape[-2:]]
        x = pad(x, (0, missing[1], 0, missing[0]), mode="replicate")
        y: Tensor = (self.generator(2 * x - 1, **options) + 1) / 2
        y = interpolate(y, scale_factor=self.step, mode="bilinear") if self.step > 1 else y
        return y[..., :height, :width]


class PatchDiscriminator(nn.Sequential):
    """A number for each patch, ``(N, C, H, W)`` to ``(N, 1, h, w)``; with 3 layers a patch has 70 x 70 pixels.

    Parameters
    ----------
    width
        Channels of the first convolution; doubled in each further layer, up to eight times.
    layers
        Convolutions of stride 2.
    channels
        Of the images.
    """

    def __init__(self, width: int = 64, layers: int = 3, channels: int = 1) -> None:
        parts: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        inputs = width
        for number in range(1, layers + 1):
            outputs, stride = width * min(2**number, 8), 2 if number < layers else 1
            parts += [nn.Conv2d(inputs, outputs, 4, stride, 1), nn.InstanceNorm2d(outputs), nn.LeakyReLU(0.2)]
            inputs = outputs
        super().__init__(*parts, nn.Conv2d(inputs, 1, 4, 1, 1))
        self.apply(initialize)


class ImagePool(nn.Module):
    """Samples of earlier steps, for the discriminator: a generator cannot run away from what was just learned of it.

    The pool is part of the network's state, so a run that was killed goes on with the same one.

    Parameters
    ----------
    size
        Images that it holds.
    side
        Of the images, in pixels.
    channels
        Of the images.
    """

    images: Tensor
    filled: Tensor

    def __init__(self, size: int = 50, side: int = 256, channels: int = 1) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(size, channels, side, side))
        self.register_buffer("filled", torch.tensor(0))

    def forward(self, samples: Tensor) -> Tensor:
        """Each sample itself; once the pool is full, with probability 1/2 an older one, whose place it takes.

        Parameters
        ----------
        samples
            ``(N, C, side, side)``.

        Returns
        -------
        As many, without gradients.

        Raises
        ------
        ValueError
            They are not of the size that the pool was made for.
        """
        if samples.shape[1:] != self.images.shape[1:]:
            expected, got = tuple(self.images.shape[1:]), tuple(samples.shape[1:])
            raise ValueError(f"samples: expected {expected} as the pool holds them, got {got}; set the budget's patch")
        return torch.stack([self._exchange(sample) for sample in samples.detach()])

    def _exchange(self, sample: Tensor) -> Tensor:
        filled = int(self.filled)
        if filled < len(self.images):
            self.images[filled] = sample
            self.filled += 1
            return sample
        if torch.rand(()) < 0.5:
            return sample
        place = int(torch.randint(len(self.images), ()))
        older = self.images[place].clone()
        self.images[place] = sample
        return older


def initialize(layer: nn.Module) -> None:
    """Weights of a convolution from N(0, 0.02), biases 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
