"""The open labs on training: no cheat passes the first, and the second wants both halves of its goal."""

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.training.lab import LESIONS, METRICS, SSIM, cases, maximum, means
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate

OWN, BREAK = "training.lab.own_fuser", "training.lab.break_it"


def test_what_is_measured_is_the_librarys():
    rows = [evaluate(np.maximum(p.a, p.b), p.a, p.b, METRICS, truth=p.truth) for p in cases()]
    for name in METRICS:
        assert maximum()[name] == pytest.approx(np.mean([row[name] for row in rows]))


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (np.maximum, "ssim"),
        (lambda a, b: (a + b) / 2, "lesions"),
        (lambda a, b: a.copy(), "lesions"),
        (lambda a, b: b.copy(), "edges"),
        (lambda a, b: fuse(a, b, "laplacian_pyramid"), "edges"),
        (lambda a, b: 0.99 * np.maximum(a, b) + 0.01, "air"),
        (lambda a, b: a + b, "image"),
        (lambda a, b: np.where(np.maximum(a, b) < 0.1, (a + b) / 2, np.maximum(a, b)), "ssim"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(OWN, cheat).failed == failed


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (np.maximum, "hidden"),
        (lambda a, b: np.zeros_like(a), "praised"),
        (lambda a, b: 0.02 + 0.6 * a + 0.38 * b, "air"),
        (lambda a, b: 0.3 * a + 0.7 * b, "hidden"),
        (lambda a, b: a + b, "image"),
    ],
)
def test_both_halves_of_the_broken_goal_are_asked_for(cheat, failed):
    assert check(BREAK, cheat).failed == failed


def test_what_is_reached_is_told():
    from medfuse_course.exercises.training.lab import hides_lesions

    result = check(BREAK, hides_lesions)
    assert result.passed
    reached = means([hides_lesions(p.a, p.b) for p in cases()])
    assert f"SSIM {reached[SSIM]:.3f} (maximum {maximum()[SSIM]:.3f})" in result.text
    assert f"lesion contrast {reached[LESIONS]:.2f}" in result.text
