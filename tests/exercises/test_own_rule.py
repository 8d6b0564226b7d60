"""The open lab of the last classical chapter: no cheat passes, and no method of the library in one line."""

from itertools import combinations

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.methods.own_rule import BASELINE, LAB, LESION_GAIN, LESIONS, METRICS, MISSED, cases
from medfuse_course.methods import fuse, list_methods
from medfuse_course.metrics import evaluate

NAME = "methods.own_rule.beat_the_gradient_pyramid"


def test_what_is_measured_is_the_librarys():
    rows = [evaluate(np.maximum(p.a, p.b), p.a, p.b, METRICS, truth=p.truth) for p in cases()]
    assert LAB.measure([np.maximum(p.a, p.b) for p in cases()])[LESIONS] == pytest.approx(
        np.mean([r[LESIONS] for r in rows])
    )


def test_the_lesions_contradict_each_other():
    """The MRI alone has the wrong sign, the PET alone the whole contrast."""
    assert LAB.measure([p.a for p in cases()])[LESIONS] < -0.3
    assert LAB.measure([p.b for p in cases()])[LESIONS] > 0.95
    assert LAB.measure([p.b for p in cases()])[MISSED] > 3 * 0.1


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda a, b: b.copy(), "structure"),
        (lambda a, b: a.copy(), "structure"),
        (np.maximum, "structure"),
        (lambda a, b: (a + 3 * b) / 4, "structure"),
        (lambda a, b: a + b, "image"),
        (lambda a, b: np.clip(a + b, 0, 1), "structure"),
        (lambda a, b: fuse(a, b, BASELINE), "lesions"),
        (lambda a, b: 0.95 * fuse(a, b, BASELINE) + 0.05 * b, "lesions"),
        (lambda a, b: 0.6 * fuse(a, b, BASELINE) + 0.4 * b, "structure"),
        (lambda a, b: fuse(a, b, "laplacian_pyramid"), "structure"),
        (lambda a, b: fuse(a, b, "swt"), "invented-edges"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(NAME, cheat).failed == failed


def test_what_is_reached_is_told():
    from medfuse_course.exercises.methods.own_rule import favor_pet

    result = check(NAME, favor_pet)
    assert result.passed
    assert f"(gradient pyramid {LAB.known[BASELINE][LESIONS]:.2f})" in result.text


@pytest.mark.slow
def test_no_blend_of_two_methods_reaches_the_goals():
    """The lesions' contrast is tried first: most blends lack it, and it costs least to measure."""
    images = {
        method.slug: [fuse(p.a, p.b, method.slug) for p in cases()] for method in list_methods("fusion", "classical")
    }
    images = {slug: fused for slug, fused in images.items() if fused[0].ndim == 2}
    images |= {
        "MRI": [p.a for p in cases()],
        "PET": [p.b for p in cases()],
        "max": [np.maximum(p.a, p.b) for p in cases()],
    }
    wanted, tried = LAB.known[BASELINE][LESIONS] + LESION_GAIN, 0
    for (one, first), (other, second) in combinations(images.items(), 2):
        for weight in np.arange(0.1, 1.0, 0.1):
            blend = [np.float32(weight) * x + np.float32(1 - weight) * y for x, y in zip(first, second, strict=True)]
            rows = [evaluate(f, p.a, p.b, LESIONS, truth=p.truth) for f, p in zip(blend, cases(), strict=True)]
            if np.mean([row[LESIONS] for row in rows]) < wanted:
                continue
            tried, left = tried + 1, iter(blend)
            result = check(NAME, lambda a, b, left=left: next(left))
            assert not result.passed, f"{weight:.1f} {one} and the rest {other}: {result.text}"
    assert tried > 9
