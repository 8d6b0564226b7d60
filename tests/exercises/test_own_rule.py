"""The open lab of the last classical chapter: no cheat passes, and no method of the library in one line."""

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.methods.own_rule import BASELINE, LESIONS, METRICS, MISSED, baseline, cases, means
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate

LAB = "methods.own_rule.beat_the_gradient_pyramid"


def test_what_is_measured_is_the_librarys():
    rows = [evaluate(np.maximum(p.a, p.b), p.a, p.b, METRICS, truth=p.truth) for p in cases()]
    assert means([np.maximum(p.a, p.b) for p in cases()])[LESIONS] == pytest.approx(np.mean([r[LESIONS] for r in rows]))


def test_the_lesions_contradict_each_other():
    """The MRI alone has the wrong sign, the PET alone the whole contrast."""
    assert means([p.a for p in cases()])[LESIONS] < -0.3
    assert means([p.b for p in cases()])[LESIONS] > 0.95
    assert means([p.b for p in cases()])[MISSED] > 3 * 0.1


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda a, b: b.copy(), "structure"),
        (lambda a, b: a.copy(), "lesions"),
        (np.maximum, "lesions"),
        (lambda a, b: (a + 3 * b) / 4, "structure"),
        (lambda a, b: a + b, "image"),
        (lambda a, b: np.clip(a + b, 0, 1), "structure"),
        (lambda a, b: fuse(a, b, BASELINE), "lesions"),
        (lambda a, b: fuse(a, b, "laplacian_pyramid"), "invented-edges"),
        (lambda a, b: fuse(a, b, "swt"), "invented-edges"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(LAB, cheat).failed == failed


def test_what_is_reached_is_told():
    from medfuse_course.exercises.methods.own_rule import favor_pet

    result = check(LAB, favor_pet)
    assert result.passed
    assert f"(gradient pyramid {baseline()[LESIONS]:.2f})" in result.text
