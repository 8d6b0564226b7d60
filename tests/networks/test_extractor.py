"""What fusion rules ask of a trunk: levels from fine to coarse, from any trunk, with any weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.extractors.layers import level_of  # noqa: E402
from medfuse_course.networks import bare_extractor, load_extractor  # noqa: E402
from medfuse_course.networks.backbones import BACKBONES  # noqa: E402

SHAPES = {
    "vgg19": [(7, 1), (14, 2), (28, 4), (56, 8), (56, 16)],
    "resnet50": [(24, 4), (48, 8), (96, 16), (192, 32)],
    "efficientnet_lite0": [(16, 2), (24, 4), (40, 8), (112, 16), (320, 32)],
}
"""Channels and stride of each level at course scale."""


def noise(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", SHAPES)
def test_levels_lie_on_their_grids(name):
    extractor = load_extractor(name, "none")
    levels = extractor.levels(noise(2, 1, 64, 96))
    assert [tuple(x.shape) for x in levels] == [(2, c, 64 // s, 96 // s) for c, s in SHAPES[name]]
    assert extractor.strides == tuple(stride for _, stride in SHAPES[name])
    assert extractor.multiple == extractor.strides[-1]
    first = extractor.levels(noise(2, 1, 64, 96), 2)
    assert len(first) == 2 and first[1].equal(levels[1])
    assert str(extractor.trunk.weight_source) == "none: fixed random filters (He), seed 0"


def test_before_relu_is_what_relu_gets_and_gray_counts_as_three_channels():
    after, before = (load_extractor("vgg19", "none", before_relu=on) for on in (False, True))
    assert (after.names[0], before.names[-1]) == ("relu1_1", "conv5_1")
    for y, x in zip(after.levels(noise(1, 1, 32, 32)), before.levels(noise(1, 3, 32, 32)[:, :1]), strict=True):
        assert x.min() < 0
        torch.testing.assert_close(y, torch.relu(x))


def test_without_normalization_the_input_is_as_it_comes():
    raw = load_extractor("vgg19", "none", normalize=False)
    x = noise(1, 1, 16, 16) - 0.5
    torch.testing.assert_close(
        raw.levels(x, 1)[0], torch.relu(raw.trunk.features.get_submodule("0")(x.expand(1, 3, 16, 16)))
    )
    black = torch.zeros(1, 1, 16, 16)
    assert not any(level.any() for level in raw.levels(black))  # no bias yet: black stays black


@pytest.mark.parametrize("name", SHAPES)
def test_a_trunk_takes_gray_images_normalized_or_not(name):
    trunk = bare_extractor(name).eval().trunk
    gray, layers = noise(1, 1, 32, 32), list(trunk.levels)[:1]
    for normalize in (True, False):
        of_gray, of_rgb = (trunk.features(x, layers, normalize=normalize) for x in (gray, gray.expand(1, 3, 32, 32)))
        torch.testing.assert_close(of_gray, of_rgb)


def test_another_trunk_takes_the_place():
    extractor = bare_extractor("vgg19", normalize=False)
    extractor.trunk = BACKBONES["efficientnet_lite0"].build()
    assert extractor.names == ("stage1", "stage2", "stage3", "stage5", "stage7")
    assert extractor.multiple == 32 and not extractor.normalize


@pytest.mark.parametrize("name", ["vgg19", "resnet50"])
def test_its_reach_is_how_far_a_change_is_seen(name):
    """Pixels of the last level's cells that a change to their left moves, over all places of its edge in a cell."""
    extractor = load_extractor(name, "none").double()
    x = noise(1, 1, 32, 1024).double()
    before, seen = extractor.levels(x)[-1], []
    for edge in range(512, 512 + extractor.multiple):
        changed = torch.where(torch.arange(1024) < edge, 1 - x, x)
        cells = (extractor.levels(changed)[-1] != before).any(dim=1).any(dim=1)[0]
        seen.append(int(cells.repeat_interleave(extractor.multiple).nonzero()[-1]) - edge + 1)
    assert max(seen) == extractor.reach


def test_wrong_questions_are_answered():
    with pytest.raises(ValueError, match="count: expected 1 to 4 levels, got 5"):
        load_extractor("resnet50", "none").levels(noise(1, 1, 32, 32), 5)
    resnet, x = bare_extractor("resnet50").eval(), noise(1, 1, 32, 32)
    assert level_of(resnet, x, np.int64(2)).equal(resnet.levels(x)[1])
    for stage in (0, 5, True, 2.0, None):
        with pytest.raises(ValueError, match="stage: expected a whole number from 1 to 4, got"):
            level_of(resnet, x, stage)
    with pytest.raises(ValueError, match="weights: 'course' is there for vgg19, resnet50, got resnet18"):
        load_extractor("resnet18")
    with pytest.raises(ValueError, match="unknown scale 'papers'; did you mean 'paper'"):
        bare_extractor("vgg19", "papers")
