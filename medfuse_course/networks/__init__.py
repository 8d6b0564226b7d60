"""Blocks that several published networks share; the networks themselves lie with their methods."""

from medfuse_course.networks.blocks import ConvBlock, DenseBlock, ResidualBlock, count_parameters

__all__ = ["ConvBlock", "DenseBlock", "ResidualBlock", "count_parameters"]
