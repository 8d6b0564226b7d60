"""Patches of CT and PET with the mask of their lesions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget, LesionMasks  # noqa: E402
from medfuse_course.training.data.lesion_masks import lesion_patient  # noqa: E402

BUDGET = Budget(steps=1, batch=8, patch=48, pool=2)


def test_batches_are_shared_out_by_rows_and_follow_from_seed_and_number():
    data = LesionMasks(missing=0)
    whole = data.batch(1, 0, BUDGET, slice(0, 8))
    assert {name: tuple(x.shape) for name, x in whole.items()} == dict.fromkeys(("ct", "pet", "mask"), (8, 1, 48, 48))
    for name, rows in whole.items():
        parts = [data.batch(1, 0, BUDGET, part)[name] for part in (slice(0, 3), slice(3, 8))]
        assert torch.equal(torch.cat(parts), rows)
        assert not torch.equal(data.batch(1, 1, BUDGET, slice(0, 8))[name], rows)
    assert whole["ct"].min() < -900 and 0 <= whole["pet"].min() < whole["pet"].max() < 40
    assert set(whole["mask"].unique().tolist()) == {0, 1}


def test_one_modality_of_a_patch_may_be_missing_never_both():
    rows = LesionMasks(missing=1).batch(0, 0, BUDGET, slice(0, 8))
    gone = torch.stack([rows[name].isnan().flatten(1).all(dim=1) for name in ("ct", "pet")])
    assert (gone.sum(dim=0) == 1).all() and gone.any(dim=1).all()
    assert not rows["mask"].isnan().any()
    with pytest.raises(ValueError, match="missing: expected a share"):
        LesionMasks(missing=2)


def test_something_else_can_take_the_place_of_the_ct():
    patient = lesion_patient(100_000)
    other = lesion_patient(100_000, np.add)
    np.testing.assert_array_equal(other.ct, patient.ct + patient.pet)
    assert other.mask is patient.mask
    rows = LesionMasks(missing=0, instead=np.subtract).batch(1, 0, BUDGET, slice(0, 2))
    plain = LesionMasks(missing=0).batch(1, 0, BUDGET, slice(0, 2))
    torch.testing.assert_close(rows["ct"], plain["ct"] - plain["pet"])
