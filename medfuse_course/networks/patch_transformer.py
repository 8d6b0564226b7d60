"""A Transformer beside a convolutional network: patches become tokens, tokens become features of every pixel again."""

import torch
from torch import Tensor, nn

from medfuse_course.networks.attention import GlobalBlock

START = 0.2
"""Factor of the first weights of what spreads the tokens."""


class PatchTransformer(nn.Module):
    """``(N, inputs, H, W)`` gives ``(N, outputs, H, W)``, each of which may depend on any pixel.

    A patch of ``patch`` x ``patch`` pixels is one token; all tokens attend to all (`GlobalBlock`); each is spread over
    its pixels again, with weights of its own for each place, so that fine structure can pass.

    Parameters
    ----------
    inputs, outputs
        Channels.
    width, heads, depth
        Channels of a token (a multiple of 4 and of the heads), and how many blocks.
    patch
        Side of a patch in pixels, of which H and W must be multiples.
    """

    def __init__(self, inputs: int, outputs: int, width: int, heads: int = 4, depth: int = 2, patch: int = 8) -> None:
        super().__init__()
        self.embed = nn.Conv2d(inputs, width, patch, stride=patch)
        self.blocks = nn.Sequential(*(GlobalBlock(width, heads) for _ in range(depth)))
        apart = nn.Conv2d(width, outputs * patch**2, 1)
        with torch.no_grad():  # a branch beside it that is sharp from the start shall not drown in blocks
            apart.weight.mul_(START)
        self.spread = nn.Sequential(apart, nn.PixelShuffle(patch))

    def forward(self, x: Tensor) -> Tensor:
        """Embed, attend, spread."""
        features: Tensor = self.spread(self.blocks(self.embed(x)))
        return features
