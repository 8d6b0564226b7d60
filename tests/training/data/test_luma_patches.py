"""Patches of which one half is the luma of colors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.color import luma  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data.color_patches import ColorPatches  # noqa: E402
from medfuse_course.training.data.luma_patches import LumaPatches  # noqa: E402
from medfuse_course.training.data.patches import FusionPatches  # noqa: E402

BUDGET = Budget(steps=1, batch=4, patch=32, pool=1)
PET = ("head/mri-pet",)
DATA = LumaPatches(PET, colored=PET)
ALL = slice(0, 4)


@pytest.fixture(scope="module")
def batch():
    return DATA.batch(5, 0, BUDGET, ALL)


def test_the_first_half_is_gray_and_the_second_the_luma_of_the_colors(batch):
    gray = FusionPatches(PET).batch(5, 0, BUDGET, slice(0, 2))
    colored = ColorPatches(PET).batch(5, 0, BUDGET, slice(2, 4))
    for name in ("a", "b"):
        assert batch[name].shape == (4, 1, 32, 32) and batch[name].dtype == torch.float32
        assert torch.equal(batch[name][:2], gray[name])
    assert torch.equal(batch["a"][2:], colored["a"])
    for found, image in zip(batch["b"][2:, 0], colored["b"].permute(0, 2, 3, 1), strict=True):
        np.testing.assert_allclose(found, luma(image.numpy()), atol=1e-6)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_two_processes_draw_the_rows_of_one(batch, cut):
    parts = [DATA.batch(5, 0, BUDGET, rows) for rows in (slice(0, cut), slice(cut, 4))]
    for name in ("a", "b"):
        assert torch.equal(torch.cat([part[name] for part in parts]), batch[name])


def test_validation_has_both_kinds():
    found = DATA.validation(BUDGET)
    assert found["a"].shape == found["b"].shape == (32, 1, 32, 32)
    assert torch.equal(found["b"][:16], FusionPatches(PET).validation(BUDGET)["b"])
