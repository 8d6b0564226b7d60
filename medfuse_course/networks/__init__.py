"""Blocks that several published networks share, backbones, and where weights come from.

The networks themselves lie with their methods.
"""

from medfuse_course.networks.blocks import ConvBlock, DenseBlock, ResidualBlock, count_parameters
from medfuse_course.networks.color import luma
from medfuse_course.networks.dcgan import dcgan
from medfuse_course.networks.mean_field import mean_field, pair_costs
from medfuse_course.networks.players import Players, point_players

__all__ = [
    "ConvBlock",
    "DenseBlock",
    "Players",
    "ResidualBlock",
    "count_parameters",
    "dcgan",
    "luma",
    "mean_field",
    "pair_costs",
    "point_players",
]
