"""Patches repeat, differ where they should, and keep training, validation and the chapters' phantoms apart."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.training import Budget, patches  # noqa: E402
from medfuse_course.training.augmentation import random_crop, random_gray, random_turn  # noqa: E402
from medfuse_course.training.patches import FusionPatches  # noqa: E402

BUDGET = Budget(steps=8, batch=4, patch=32, pool=2, refresh=4)
QUICK = FusionPatches(pairs=("head/mri-ct",))


def test_a_batch_has_gray_patches_in_range_and_repeats():
    first, again = (QUICK.batch(0, 1, BUDGET, slice(None)) for _ in range(2))
    for name in ("a", "b"):
        assert first[name].shape == (4, 1, 32, 32)
        assert first[name].dtype == torch.float32
        assert 0 <= first[name].min() <= first[name].max() <= 1
        assert torch.equal(first[name], again[name])


def test_rows_of_a_batch_are_those_of_the_whole():
    whole = QUICK.batch(0, 2, BUDGET, slice(None))["a"]
    parts = [QUICK.batch(0, 2, BUDGET, rows)["a"] for rows in (slice(0, 2), slice(2, 4))]
    assert torch.equal(whole, torch.cat(parts))


def test_batches_and_seeds_differ():
    drawn = [QUICK.batch(seed, number, BUDGET, slice(None))["a"] for seed, number in ((0, 0), (0, 1), (1, 0))]
    assert not any(torch.equal(drawn[i], drawn[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_the_anatomy_is_fresh_after_a_while_and_never_that_of_validation(monkeypatch):
    asked = []
    monkeypatch.setattr(patches, "_phantom", lambda name, seed: asked.append(seed) or (np.zeros((40, 40), "f4"),) * 2)
    for number in (0, 3, 4):
        QUICK.batch(0, number, BUDGET, slice(0, 1))
    QUICK.validation(BUDGET)
    first, same, later = asked[:2], asked[2:4], asked[4:6]
    assert first == same
    assert not set(first) & set(later)
    assert min(first) >= patches.TRAIN_SEEDS > 10_000
    assert min(asked[6:]) >= patches.VAL_SEEDS > max(later)


def test_training_patients_are_never_those_of_validation(monkeypatch):
    splits = []
    fake = (np.zeros((40, 40), "f4"),) * 2
    monkeypatch.setattr(patches, "_phantom", lambda name, seed: fake)
    monkeypatch.setattr(patches, "_real", lambda name, split, draw: splits.append(split) or fake)
    data = FusionPatches(real=("aanlib/mri-ct",))
    data.batch(0, 0, BUDGET, slice(0, 1))
    assert set(splits) == {"train"}
    splits.clear()
    data.validation(BUDGET)
    assert set(splits) == {"val"}


def test_real_patches_come_from_the_split(aanlib_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    batch = FusionPatches(real=("aanlib/mri-pet",)).batch(0, 0, BUDGET, slice(None))
    assert batch["b"].std() > 0.01


def test_a_crop_takes_the_same_window_of_all_where_something_shows():
    image = np.zeros((60, 60), np.float32)
    image[:20, :20] = generator(0, "crop").random((20, 20))
    crops = [random_crop(generator(k, "crop"), (image, image + 1), 16, tries=8) for k in range(20)]
    assert all(np.array_equal(a + 1, b) for a, b in crops)
    assert sum(a.std() > 0 for a, _ in crops) >= 15
    with pytest.raises(ValueError, match="at most 60"):
        random_crop(generator(0), (image,), 61)


def test_turns_are_the_eight_of_a_square_and_alike_for_all():
    image = np.arange(9, dtype=np.float32).reshape(3, 3)
    seen = set()
    for seed in range(64):
        a, b = random_turn(generator(seed, "turn"), (image, -image))
        assert np.array_equal(a, -b)
        seen.add(a.tobytes())
    assert len(seen) == 8


def test_gray_changes_keep_black_range_and_order():
    image = np.linspace(0, 1, 50, dtype=np.float32)
    for seed in range(20):
        changed = random_gray(generator(seed, "gray"), image)
        assert changed[0] == 0 and changed.max() <= 1
        assert (np.diff(changed) >= 0).all()
        assert changed.dtype == np.float32
