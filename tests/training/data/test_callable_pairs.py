"""Pairs from any function of a number."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import Pair, load_pair  # noqa: E402
from medfuse_course.training import Budget, CallablePairs  # noqa: E402

BUDGET = Budget(steps=4, batch=4, patch=16, pool=2, refresh=2)


def two_images(number):
    a, b = np.random.default_rng(number).random((2, 24, 20), dtype=np.float32)
    return a, b


def test_batches_repeat_and_their_rows_are_those_of_the_whole():
    data = CallablePairs(two_images)
    whole = data.batch(0, 1, BUDGET, slice(None))
    assert whole["a"].shape == (4, 1, 16, 16) and whole["a"].dtype == torch.float32
    parts = [CallablePairs(two_images).batch(0, 1, BUDGET, rows) for rows in (slice(0, 2), slice(2, 4))]
    assert torch.equal(torch.cat([part["b"] for part in parts]), whole["b"])
    assert data.validation(BUDGET)["a"].shape == (16, 1, 16, 16)


def test_training_and_validation_ask_for_other_numbers_and_the_pool_is_renewed():
    asked = []
    data = CallablePairs(lambda number: asked.append(number) or two_images(number))
    for number in (0, 1, 2):
        data.batch(0, number, BUDGET, slice(None))
    assert len(asked) == 4  # two pairs for the first two steps, two for the next
    data.validation(BUDGET)
    assert min(asked[4:]) > max(asked[:4])


def test_validation_may_have_a_function_of_its_own():
    other = CallablePairs(two_images, lambda number: (np.zeros((20, 20), np.float32),) * 2)
    assert other.validation(BUDGET)["a"].max() == 0


def test_a_pair_of_the_library_serves_in_gray():
    data = CallablePairs(lambda number: load_pair("head/mri-pet", seed=1, color="hot"), swap=False)
    batch = data.batch(0, 0, BUDGET, slice(0, 2))
    assert batch["b"].shape == (2, 1, 16, 16)
    assert isinstance(load_pair("head/mri-pet"), Pair)


def test_it_says_what_it_is_without_an_address_in_memory():
    assert repr(CallablePairs(two_images)) == "CallablePairs(two_images, swap=True)"
    assert "0x" not in repr(CallablePairs(lambda n: None, two_images))


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (lambda number: np.zeros((3, 20, 20), np.float32), TypeError, r"draw\(1\d+\): expected a Pair or two images"),
        (lambda number: None, TypeError, "got NoneType"),
        (lambda number: (np.zeros((20, 20)), np.zeros((20, 21))), ValueError, "20"),
        (lambda number: (255 * np.ones((20, 20)), np.ones((20, 20))), ValueError, r"\[0, 1\]"),
    ],
)
def test_what_is_no_pair_is_answered(function, kind, words):
    with pytest.raises(kind, match=words):
        CallablePairs(function).batch(0, 0, BUDGET, slice(None))


def test_a_list_is_no_function():
    with pytest.raises(TypeError, match=r"draw: expected a function of a number, got list; lambda number: pairs\["):
        CallablePairs([two_images(0)])
