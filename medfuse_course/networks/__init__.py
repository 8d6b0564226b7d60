"""Blocks that several published networks share, backbones, and where weights come from.

The networks themselves lie with their methods.
"""

from medfuse_course.networks.activation_memory import kept_bytes, owned_bytes
from medfuse_course.networks.attention import (
    Attention,
    GlobalBlock,
    WindowBlock,
    merge,
    partition,
    position_code,
    shift_mask,
)
from medfuse_course.networks.backbones import BACKBONES
from medfuse_course.networks.backbones.extractor import FeatureExtractor, bare_extractor, load_extractor
from medfuse_course.networks.blocks import ConvBlock, DenseBlock, ResidualBlock, count_parameters
from medfuse_course.networks.color import luma
from medfuse_course.networks.cost import count_bytes_moved, count_multiply_adds, peak_memory
from medfuse_course.networks.dcgan import dcgan
from medfuse_course.networks.deformable import DeformableConv, deform_conv2d
from medfuse_course.networks.denoiser import Denoiser
from medfuse_course.networks.diffusion import linear_schedule, noised, walk_down
from medfuse_course.networks.flow import enlarge, jacobian, warp
from medfuse_course.networks.gated_unet import Gate, GatedUNet
from medfuse_course.networks.light import (
    DepthwiseSeparable,
    InvertedResidual,
    LightFuser,
    PlainFuser,
    ShuffleUnit,
    channel_shuffle,
)
from medfuse_course.networks.mean_field import mean_field, pair_costs
from medfuse_course.networks.patch_transformer import PatchTransformer
from medfuse_course.networks.players import Players, point_players
from medfuse_course.networks.pruning import (
    apply_masks,
    channels_masked,
    channels_removed,
    smallest_masked,
    strongest_channels,
)
from medfuse_course.networks.restormer import RestormerBlock, channel_attention
from medfuse_course.networks.thin_plate import ThinPlateWarp, control_grid
from medfuse_course.networks.unet import UNet
from medfuse_course.networks.whitening import zca

__all__ = [
    "BACKBONES",
    "Attention",
    "ConvBlock",
    "DeformableConv",
    "Denoiser",
    "DenseBlock",
    "DepthwiseSeparable",
    "FeatureExtractor",
    "Gate",
    "GatedUNet",
    "GlobalBlock",
    "InvertedResidual",
    "LightFuser",
    "PatchTransformer",
    "PlainFuser",
    "Players",
    "ResidualBlock",
    "RestormerBlock",
    "ShuffleUnit",
    "ThinPlateWarp",
    "UNet",
    "WindowBlock",
    "apply_masks",
    "bare_extractor",
    "channel_attention",
    "channel_shuffle",
    "channels_masked",
    "channels_removed",
    "control_grid",
    "count_bytes_moved",
    "count_multiply_adds",
    "count_parameters",
    "dcgan",
    "deform_conv2d",
    "enlarge",
    "jacobian",
    "kept_bytes",
    "linear_schedule",
    "load_extractor",
    "luma",
    "mean_field",
    "merge",
    "noised",
    "owned_bytes",
    "pair_costs",
    "partition",
    "peak_memory",
    "point_players",
    "position_code",
    "shift_mask",
    "smallest_masked",
    "strongest_channels",
    "walk_down",
    "warp",
    "zca",
]
