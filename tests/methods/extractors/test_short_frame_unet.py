"""The short-frame U-Net: its frames, its loss by hand, what it begins as, and what it has learned."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import load_case, organ_regions  # noqa: E402
from medfuse_course.methods import enhance  # noqa: E402
from medfuse_course.methods.extractors.short_frame_unet import FRAMES, RECIPE, WHOLE, SquaredErrorStep, build  # noqa: E402
from medfuse_course.metrics import region_statistics  # noqa: E402


def test_the_frames_are_the_published_ones():
    """15 and 30 of 180 seconds are 8 % and 17 % of the counts."""
    assert [round(100 * seconds / WHOLE) for seconds in FRAMES] == [8, 17, 50]
    assert RECIPE.data.doses == pytest.approx((1 / 12, 1 / 6, 1 / 2)) and RECIPE.data.nested


def test_the_loss_by_hand():
    """Errors of 1 and 3 SUV: (1 + 9) / 2."""
    full = torch.tensor([2.0, 7.0]).view(2, 1, 1, 1).expand(-1, -1, 16, 16)

    class Fixed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = torch.nn.Parameter(torch.tensor(1.0))

        def forward(self, x):
            return self.gain * x

    low = full + torch.tensor([1.0, -3.0]).view(2, 1, 1, 1)
    assert SquaredErrorStep(Fixed()).losses({"low": low, "full": full})["squared"].item() == pytest.approx(5)


def test_it_begins_as_the_scan_itself():
    x = 5 * torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(build("course")(x), x[:, 1:2])


def test_of_fifteen_seconds_it_makes_less_noise_and_less_error():
    """On a patient that no training has seen."""
    case = load_case("thorax/low-dose-pet", seed=3, slice=18, dose=1 / 12, neighbors=1, simulate="image_space")
    (stack,) = case.inputs.values()
    made, regions = enhance(stack, "short_frame_unet"), organ_regions(case.labels)
    before, after = region_statistics(stack[1], regions), region_statistics(made, regions)
    assert all(after[name].sd < before[name].sd for name in regions)
    assert np.square(made - case.target).mean() < np.square(stack[1] - case.target).mean() / 2
