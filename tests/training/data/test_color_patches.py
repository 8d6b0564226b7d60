"""Color patches: the gray ones through a table, the same for the same seed."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.color import apply_table  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data.color_patches import ColorPatches  # noqa: E402
from medfuse_course.training.data.patches import FusionPatches  # noqa: E402

BUDGET = Budget(steps=8, batch=6, patch=24, pool=1)
PET = ("head/mri-pet",)


def test_b_is_the_gray_patch_through_the_table_and_a_stays_gray():
    colored = ColorPatches(PET, tables=("rainbow",)).batch(0, 1, BUDGET, slice(None))
    gray = FusionPatches(PET, swap=False).batch(0, 1, BUDGET, slice(None))
    assert torch.equal(colored["a"], gray["a"])
    assert colored["b"].shape == (6, 3, 24, 24)
    assert colored["b"].dtype == torch.float32
    for k in range(6):
        np.testing.assert_array_equal(
            colored["b"][k].permute(1, 2, 0).numpy(), apply_table(gray["b"][k, 0].numpy(), "rainbow")
        )


def test_rows_draw_their_own_table_and_repeat():
    whole = ColorPatches(PET).batch(0, 2, BUDGET, slice(None))["b"]
    parts = [ColorPatches(PET).batch(0, 2, BUDGET, rows)["b"] for rows in (slice(0, 2), slice(2, 6))]
    assert torch.equal(whole, torch.cat(parts))
    hot = ColorPatches(PET, tables=("hot",)).batch(0, 2, BUDGET, slice(None))["b"]
    of_hot = [torch.equal(x, y) for x, y in zip(whole, hot, strict=True)]
    assert 0 < sum(of_hot) < 6


def test_validation_is_fixed_and_its_own():
    data = ColorPatches(PET)
    first, again = (data.validation(BUDGET) for _ in range(2))
    assert first["b"].shape == (16, 3, 24, 24)
    assert torch.equal(first["b"], again["b"])
    assert not torch.equal(first["a"][:6], data.batch(0, 0, BUDGET, slice(None))["a"])
