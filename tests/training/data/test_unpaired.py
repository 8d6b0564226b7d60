"""Unpaired heads: no head in both domains, and a second domain that is larger by what it says."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data import unpaired  # noqa: E402
from medfuse_course.training.data.unpaired import UnpairedHeads, coarser  # noqa: E402

BUDGET = Budget(10, batch=3, patch=64, pool=4, refresh=2)


def test_no_head_is_seen_in_both_domains_nor_in_training_and_validation(monkeypatch):
    """Asked of the loader itself, for what it loads; eight batches refill the pool four times."""
    seen = {"a": set(), "b": set(), "target": set()}

    def note(domain, head, plane, side, stretch):
        seen[domain].add(head)
        return np.zeros((side, side), np.float32)

    monkeypatch.setattr(unpaired, "_scanned", note)
    for number in range(8):
        UnpairedHeads().batch(0, number, BUDGET, slice(None))
    trained = {name: set(heads) for name, heads in seen.items()}
    UnpairedHeads().validation(BUDGET)
    assert len(trained["a"]) > 4 and len(trained["b"]) > 4 and not trained["target"]
    assert not seen["a"] & seen["b"] and seen["target"] == seen["a"] - trained["a"]
    assert not (trained["a"] | trained["b"]) & ((seen["a"] - trained["a"]) | (seen["b"] - trained["b"]))


def test_rows_follow_from_seed_number_and_row(monkeypatch):
    monkeypatch.setattr(unpaired, "_scanned", lambda *key: np.random.default_rng(key[1] * 99 + key[2]).random((64, 64)))
    whole = UnpairedHeads().batch(1, 5, BUDGET, slice(None))
    assert whole["a"].shape == (3, 1, 64, 64)
    part = UnpairedHeads().batch(1, 5, BUDGET, slice(1, 3))
    assert all((whole[name][1:] == part[name]).all() for name in "ab")
    assert not (whole["a"] == UnpairedHeads().batch(1, 6, BUDGET, slice(None))["a"]).all()


def test_the_second_domain_is_larger_by_what_it_says():
    """Of one head, which no loader shows in both: the area of what is no air grows by the square."""
    true, shown = (unpaired._scanned(domain, 31, 24, 256, 0.08) for domain in ("target", "b"))
    assert (shown > 0.17).sum() / (true > 0.17).sum() == pytest.approx(1.08**2, rel=0.01)
    pair = load_pair("head/mri-ct", seed=31, slice=24, window_b="hu:500,3000")
    np.testing.assert_array_equal(true, pair.b)
    np.testing.assert_array_equal(unpaired._scanned("a", 31, 24, 256, 0.08), pair.a)


def test_coarser_pixels_are_means():
    image = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(coarser(image, 2), [[2.5, 4.5], [10.5, 12.5]])
    with pytest.raises(ValueError, match="patch: expected a divisor of 4 pixels, got 3"):
        coarser(image, 3)
