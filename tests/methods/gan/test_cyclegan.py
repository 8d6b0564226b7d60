"""CycleGAN: its published sizes by hand, and that it copies the geometry of the domain it learned from."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import synthesize  # noqa: E402
from medfuse_course.methods.gan.cyclegan import players  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from tests.methods.gan.heads import heads, moved  # noqa: E402


def test_sizes_of_one_channel_by_hand():
    """7 x 7, 3 x 3 down and up, nine blocks of two; 4 x 4 from 64 to 512, and one number."""
    w = 64
    ends = (49 * w + w) + (49 * w + 1)
    down = (9 * w * 2 * w + 2 * w) + (9 * 2 * w * 4 * w + 4 * w)
    up = (9 * 4 * w * 2 * w + 2 * w) + (9 * 2 * w * w + w)
    blocks = 9 * 2 * (9 * 256 * 256 + 256)
    both = players("paper")
    assert count_parameters(both.to_b) == ends + down + up + blocks == 11_365_633
    judge = (16 * 64 + 64) + (16 * 64 * 128 + 128) + (16 * 128 * 256 + 256) + (16 * 256 * 512 + 512) + (16 * 512 + 1)
    assert count_parameters(both.judge_a) == count_parameters(both.judge_b) == judge == 2_762_689


def test_it_enlarges_heads_as_the_scanner_did_whose_ct_it_saw():
    """By 8 % of about 85 mm; the regression, which learned from pairs, moves nothing."""
    for mri, ct, center in heads():
        surface, skull = moved(synthesize(mri, "cyclegan"), ct, center)
        assert 4 < surface < 10 and 3 < skull < 10
        assert np.abs(moved(synthesize(mri), ct, center)).max() < 1.5
