"""The open lab measures what it says: on images whose contrast is known beforehand, and on ways to cheat."""

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.methods.lab import baselines, cases, contrast_kept, score

LAB = "methods.lab.first_blend"


def test_each_source_keeps_its_own_structure_whole():
    pair = cases()[0]
    assert contrast_kept(pair.a, pair)["lesions"] == 1.0
    assert contrast_kept(pair.b, pair)["skull"] == 1.0


def test_neither_source_alone_shows_both():
    for pair in cases():
        assert contrast_kept(pair.a, pair)["skull"] < 0.5
        assert contrast_kept(pair.b, pair)["lesions"] < 0.1


def test_share_is_linear_in_contrast():
    pair = cases()[0]
    faded = (0.5 + 0.3 * (pair.a - 0.5)).astype(np.float32)
    assert contrast_kept(faded, pair)["lesions"] == pytest.approx(0.3, abs=1e-4)


def test_score_is_the_smaller_share():
    assert score([pair.a for pair in cases()]) < 0.5
    assert score([pair.b for pair in cases()]) < 0.1


def test_maximum_is_the_harder_baseline_and_leaves_room():
    known = baselines()
    assert known["average"] < known["maximum"] < 0.8


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda a, b: (a + b) / 2, "beats-average"),
        (np.maximum, "beats-maximum"),
        (lambda a, b: a.copy(), "beats-maximum"),
        (lambda a, b: np.clip(a + b, 0, 1), "beats-average"),
        (lambda a, b: a + b, "image"),
        (lambda a, b: np.clip(0.2 + np.maximum(a, b), 0, 1), "background"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(LAB, cheat).failed == failed


def test_a_learners_own_pyramid_passes_and_is_told_its_score():
    from medfuse_course.transforms.pyramid import LaplacianPyramid, analyse, synthesise

    def mine(a, b):
        first, second = analyse(a, 4), analyse(b, 4)
        details = tuple(
            np.where(np.abs(x) > np.abs(y), x, y) for x, y in zip(first.details, second.details, strict=True)
        )
        return np.clip(synthesise(LaplacianPyramid(details, (first.base + second.base) / 2)), 0, 1)

    result = check(LAB, mine)
    assert result.passed
    assert result.text.startswith("✓ Your own fusion: passed, contrast kept 0.8")
