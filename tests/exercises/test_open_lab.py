"""The open lab measures what it says: on images whose contrast is known beforehand, and on ways to cheat."""

import numpy as np
import pytest

from medfuse_course.exercises import check
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.methods.lab import LAB as BLEND
from medfuse_course.exercises.methods.lab import cases, contrast_kept, score
from medfuse_course.exercises.open_lab import Goal

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


@pytest.mark.parametrize(("gain", "share"), [(1.5, 0.5), (3, 0), (-1, 0)])
def test_too_much_contrast_and_the_wrong_sign_are_lost_contrast(gain, share):
    pair = cases()[0]
    assert contrast_kept(gain * pair.a, pair)["lesions"] == pytest.approx(share, abs=1e-4)


def test_score_is_the_smaller_share():
    assert score(BLEND.measure([pair.a for pair in cases()])) < 0.5
    assert score(BLEND.measure([pair.b for pair in cases()])) < 0.1


def test_maximum_is_the_harder_baseline_and_leaves_room():
    known = {name: score(reached) for name, reached in BLEND.known.items()}
    assert known["average"] < known["maximum"] < 0.8


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda a, b: (a + b) / 2, "beats-average"),
        (np.maximum, "beats-maximum"),
        (lambda a, b: a.copy(), "beats-average"),  # the skull is dark in MRI
        (lambda a, b: np.clip(a + b, 0, 1), "beats-average"),
        (lambda a, b: a + b, "image"),
        (lambda a, b: np.clip(0.2 + np.maximum(a, b), 0, 1), "background"),
        (lambda a, b: np.where(b > 0.95, 0, a), "beats-average"),  # the skull, in black
        (lambda a, b: np.maximum(a > 0.6, b > 0.9).astype(np.float32), "beats-average"),  # two gray values are left
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
    assert result.text.startswith("✓ Open lab: your own rule: passed, contrast kept 0.8")


def _goal(**changes):
    values = {"id": "g", "what": "SSIM", "hint": "Look.", "value": lambda x: x["ssim"], "baseline": "maximum"}
    return Goal(**values | {"wanted": lambda known: known + 0.006, "form": ".3f"} | changes)


@pytest.mark.parametrize(
    ("changes", "reached", "said"),
    [
        ({}, 0.6163, "SSIM 0.616, wanted is at least 0.617: 0.0007 too little"),
        ({}, 0.6170, None),
        ({"wanted": lambda known: known, "beat": True}, 0.611, "SSIM 0.611, wanted is more than 0.611: 0 too little"),
        ({"wanted": lambda known: known}, 0.611, None),
        ({"most": True, "form": ".1%"}, 0.62, "SSIM 62.0%, wanted is at most 61.7%: 0.30 percentage points too much"),
        ({"most": True}, 0.61, None),
        ({}, np.nan, "SSIM nan, wanted is at least 0.617: nan too little"),
    ],
)
def test_a_missed_goal_says_how_much_is_missing(changes, reached, said):
    assert _goal(**changes).missed({"ssim": reached}, {"ssim": 0.611}) == said


def test_the_nearest_goal_is_told_by_its_share_of_the_way_not_by_its_unit():
    wide, narrow = _goal(what="wide", wanted=lambda known: known - 1), _goal(what="narrow")
    spare = [goal.spare({"ssim": 0.62}, {"ssim": 0.611}) for goal in (wide, narrow)]
    assert min(spare)[1] == "narrow, 0.003 to spare"


def test_an_answer_is_fused_once_for_all_goals_and_again_for_the_next_check():
    calls = []

    def counted(a, b):
        calls.append(a)
        return np.maximum(a, b)

    for checks in (1, 2):
        check(LAB, counted)
        assert len(calls) == checks * len(cases())
    assert BLEND.made(Attempt(np.maximum)) is not BLEND.made(Attempt(np.maximum))
