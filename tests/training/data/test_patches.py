"""Patches repeat, differ where they should, and keep training, validation and the chapters' phantoms apart."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data import patches  # noqa: E402
from medfuse_course.training.data.augmentation import random_crop, random_gray, random_turn  # noqa: E402
from medfuse_course.training.data.patches import FusionPatches  # noqa: E402

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


def test_patients_alone_are_a_pool(monkeypatch):
    asked = []
    fake = (np.zeros((40, 40), "f4"),) * 2
    monkeypatch.setattr(patches, "_real", lambda name, split, draw: asked.append((name, split)) or fake)
    data = FusionPatches(pairs=(), real=("aanlib/mri-ct", "aanlib/mri-spect"))
    assert data.batch(0, 0, BUDGET, slice(None))["a"].shape == (4, 1, 32, 32)
    assert asked == [("aanlib/mri-ct", "train"), ("aanlib/mri-spect", "train")]
    asked.clear()
    assert data.validation(BUDGET)["a"].shape == (16, 1, 32, 32)
    assert {split for _, split in asked} == {"val"} and len(asked) == 12


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"pairs": ()}, ValueError, "pairs: expected names of phantoms here or of AANLIB pairs in real, got neither"),
        ({"pairs": "head/mri-ct"}, TypeError, "pairs: expected names, such as .* got the text"),
        ({"pairs": ("head/mri-cd",)}, ValueError, "did you mean 'head/mri-ct'"),
        ({"pairs": ("aanlib/mri-ct",)}, ValueError, "pairs: expected names such as 'head/mri-ct'"),
        ({"real": ("head/mri-ct",)}, ValueError, "real: expected names such as 'aanlib/mri-ct'"),
        ({"clinical": 2}, ValueError, "clinical: expected a share"),
    ],
)
def test_names_that_are_none_are_answered(options, kind, words):
    with pytest.raises(kind, match=words):
        FusionPatches(**options)


def test_clinical_phantoms_have_black_air_and_some_have_no_skull():
    looks = [patches._clinical("head/mri-ct", seed, ()) for seed in range(6)]
    usual = [patches._phantom("head/mri-ct", seed) for seed in range(6)]
    cut = 0
    for seed, ((a, b), (noisy, _)) in enumerate(zip(looks, usual, strict=True)):
        labels = patches._scan("head/mri-ct", seed).truth.labels
        assert not a[labels == 0].any() and not b[labels == 0].any()
        assert noisy[labels == 0].any()  # noise, before
        inside = np.isin(labels, (1, 2, 3))
        assert np.array_equal(a[inside], noisy[inside])
        skull = b[labels == 4]
        assert skull.all() or not skull.any()
        cut += not skull.any()
    assert 0 < cut < 6


def test_clinical_pet_has_the_brightness_of_a_color_table():
    (_, colored), (_, plain) = (patches._clinical("head/mri-pet", 3, tables) for tables in (("rainbow",), ()))
    usual = patches._phantom("head/mri-pet", 3)[1]
    shown = plain > 0
    assert np.array_equal(plain[shown], usual[shown])
    assert not np.allclose(colored[shown], plain[shown], atol=0.1)


def test_the_clinical_share_is_of_draws_and_is_off_by_default(monkeypatch):
    fake = (np.zeros((40, 40), "f4"),) * 2
    drawn = []
    monkeypatch.setattr(patches, "_phantom", lambda name, seed: drawn.append("usual") or fake)
    monkeypatch.setattr(patches, "_clinical", lambda name, seed, tables: drawn.append("clinical") or fake)
    for share, wanted in ((0.0, range(1)), (0.5, range(30, 71)), (1.0, range(100, 101))):
        drawn.clear()
        FusionPatches(clinical=share).batch(0, 0, Budget(1, pool=100, patch=16), slice(0, 1))
        assert drawn.count("clinical") in wanted
    assert FusionPatches().clinical == 0.0


@pytest.mark.parametrize("swap", [True, False])
def test_batches_and_validation_exchange_the_sources_only_if_they_may(swap, monkeypatch):
    asked = []
    monkeypatch.setattr(patches, "cut_patches", lambda *_, swap: asked.append(swap))
    monkeypatch.setattr(FusionPatches, "_pool", lambda *_: ())
    monkeypatch.setattr(FusionPatches, "_drawn", lambda *_: ())
    data = FusionPatches(swap=swap)
    data.batch(0, 0, BUDGET, slice(None))
    data.validation(BUDGET)
    assert asked == [swap, swap]
