"""Patches with a lesion of a known kind."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import Budget, LesionPatches  # noqa: E402
from medfuse_course.training.data.lesion_patches import LESION_KINDS, lesion  # noqa: E402
from medfuse_course.training.data.patches import FusionPatches  # noqa: E402

BUDGET = Budget(steps=1, batch=6, patch=32, pool=1)
DATA = LesionPatches()


def shape_of(kind):
    return lesion(np.random.default_rng(0), LESION_KINDS.index(kind), 64)


def test_a_kind_is_what_its_words_say():
    plain = shape_of(("large", "sharp", "solid"))
    assert 0.99 < plain.max() <= 1 and plain.min() >= 0
    assert 0.14 < plain.mean() < 0.29  # of the patch: pi r^2
    assert shape_of(("small", "sharp", "solid")).mean() < 0.06
    hollow = shape_of(("large", "sharp", "hollow"))
    np.testing.assert_allclose(hollow.mean(), plain.mean() * (1 - 0.36), rtol=0.02)
    middle = np.unravel_index(np.argmax(shape_of(("large", "blurred", "solid"))), (64, 64))
    assert plain[middle] > 0.99 and hollow[middle] < 0.01
    steepest = [np.abs(np.diff(shape_of(("large", border, "solid")))).max() for border in ("sharp", "blurred")]
    assert steepest[0] > 3 * steepest[1]


def test_batches_are_shared_out_by_rows_and_follow_from_seed_and_number():
    whole = DATA.batch(1, 2, BUDGET, slice(0, 6))
    assert whole["real"].shape == (6, 1, 32, 32) and whole["noise"].shape == (6, 32)
    assert whole["real"].min() >= -1 and whole["real"].max() <= 1
    for name, rows in whole.items():
        parts = [DATA.batch(1, 2, BUDGET, part)[name] for part in (slice(0, 2), slice(2, 6))]
        assert torch.equal(torch.cat(parts), rows)
        assert not torch.equal(DATA.batch(1, 3, BUDGET, slice(0, 6))[name], rows)


def test_a_lesion_stands_out_of_its_patch():
    """The middle is brighter than the rest, most of all where the lesion is large and solid."""
    found = DATA.batch(0, 0, Budget(steps=1, batch=64, patch=32, pool=1), slice(0, 64))
    middle = found["real"][:, 0, 12:20, 12:20].mean(dim=(1, 2)) - found["real"].mean(dim=(1, 2, 3))
    filled = torch.tensor([LESION_KINDS[kind][::2] == ("large", "solid") for kind in found["kind"]])
    assert middle[filled].mean() > 0.4 and middle[filled].mean() > 2 * middle[~filled].mean()
    assert set(found["kind"].tolist()) == set(range(8))


def test_around_the_lesion_is_the_first_image_of_the_phantom_at_half_its_brightness():
    background = FusionPatches(DATA.pairs, swap=False).batch(1, 2, BUDGET, slice(0, 6))["a"]
    found = (DATA.batch(1, 2, BUDGET, slice(0, 6))["real"] + 1) / 2
    assert (found >= background / 2 - 1e-6).all()
    corners = (..., [0, 0, -1, -1], [0, -1, 0, -1])
    torch.testing.assert_close(found[corners], background[corners] / 2, atol=0.02, rtol=0)
    assert background[corners].max() > 0.1


def test_validation_is_of_other_phantoms():
    found = DATA.validation(BUDGET)
    assert found["real"].shape == (16, 1, 32, 32) and len(found["kind"]) == 16
