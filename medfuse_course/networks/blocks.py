"""Convolution blocks. Shapes: ``(N, C, H, W)`` in, ``(N, C', H, W)`` out, the same size throughout."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

Padding = Literal["zeros", "reflect", "replicate", "circular"]
Activation = Callable[[], nn.Module]


class ConvBlock(nn.Sequential):
    """Convolution, batch normalization if wanted, activation.

    Parameters
    ----------
    inputs, outputs
        Channels.
    kernel
        Side of the kernel, odd.
    padding_mode
        ``"reflect"``, ``"replicate"`` or ``"zeros"``; zeros darken the border of a fused image.
    activation
        Makes the activation; None leaves the output linear.
    norm
        Whether to normalize over the batch.
    bias
        Whether the convolution has one.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        *,
        padding_mode: Padding = "reflect",
        activation: Activation | None = nn.ReLU,
        norm: bool = False,
        bias: bool = True,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode=padding_mode, bias=bias)
        ]
        if norm:
            layers.append(nn.BatchNorm2d(outputs))
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)


class ResidualBlock(nn.Module):
    """``activation(x + conv(conv(x)))``, both convolutions normalized if wanted (He et al. 2016)."""

    def __init__(
        self, channels: int, *, padding_mode: Padding = "reflect", activation: Activation = nn.ReLU, norm: bool = False
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBlock(channels, channels, padding_mode=padding_mode, activation=activation, norm=norm),
            ConvBlock(channels, channels, padding_mode=padding_mode, activation=None, norm=norm),
        )
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Add what the body found."""
        return self.activation(x + self.body(x))


class DenseBlock(nn.Module):
    """Each layer sees all before it; the output stacks the input and what every layer added (Huang et al. 2017).

    ``inputs + layers * growth`` channels come out.
    """

    def __init__(
        self,
        inputs: int,
        growth: int,
        layers: int,
        *,
        padding_mode: Padding = "reflect",
        activation: Activation = nn.ReLU,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            ConvBlock(inputs + k * growth, growth, padding_mode=padding_mode, activation=activation)
            for k in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Stack what every layer adds."""
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def count_parameters(network: nn.Module, *, trained_only: bool = True) -> int:
    """How many numbers a network learns (or holds, frozen ones included).

    Examples
    --------
    >>> from torch import nn
    >>> from medfuse_course.networks import count_parameters
    >>> count_parameters(nn.Conv2d(1, 8, 3))  # 8 x 3 x 3 weights and 8 biases
    80
    """
    return sum(p.numel() for p in network.parameters() if p.requires_grad or not trained_only)
