"""The exercises on metrics and tables agree with the library, and with others; the lab measures what it says."""

from itertools import combinations

import numpy as np
import pytest
from skimage.measure import shannon_entropy

from medfuse_course.benchmark.summary import _verdict
from medfuse_course.exercises import check, get_exercise
from medfuse_course.exercises.benchmark.bootstrap import resampled_means
from medfuse_course.exercises.chapters import writing
from medfuse_course.exercises.metrics.information import entropy, mutual_information
from medfuse_course.exercises.metrics.lab import EIGHT, LAB, LESIONS, MUTUAL, beaten, cases
from medfuse_course.methods import fuse, list_methods
from medfuse_course.metrics import evaluate
from medfuse_course.metrics.catalogue import METRICS

NAME = "metrics.lab.beat_the_maximum"


def test_entropy_is_that_of_scikit_image_and_of_the_library():
    image = cases()[0].a
    assert entropy(image) == pytest.approx(shannon_entropy(np.rint(255 * image)), abs=1e-9)
    assert entropy(image) == pytest.approx(evaluate(image, image, image, "en")["en"], abs=1e-9)


def test_mutual_information_is_half_of_the_librarys_sum():
    pair = cases()[0]
    both = mutual_information(pair.a, pair.b) + mutual_information(pair.a, pair.a)
    assert both == pytest.approx(evaluate(pair.a, pair.a, pair.b, "mi")["mi"], abs=1e-9)


def test_entropy_with_a_tiny_number_in_the_logarithm_passes():
    def careful(image):
        p = np.bincount(np.rint(255 * image).astype(int).ravel(), minlength=256) / image.size
        return -(p * np.log2(p + 1e-12)).sum()

    assert check("metrics.information.entropy", careful).passed


def test_entropy_that_meets_an_empty_level_is_told_about_nan():
    def careless(image):
        p = np.bincount(np.rint(255 * image).astype(int).ravel(), minlength=256) / image.size
        return -(p * np.log2(p)).sum()

    assert "nan" in check("metrics.information.entropy", careless).message


def test_resampled_means_of_a_hand_calculation():
    mine, theirs = np.array([1.0, 4.0, 2.0]), np.array([0.0, 1.0, 4.0])
    draws = np.array([[0, 0, 0], [0, 1, 2], [2, 2, 1]])
    np.testing.assert_allclose(resampled_means(mine, theirs, draws), [1, 2 / 3, -1 / 3])


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("en", 0.52, 0.68, ""),
        ("qabf", 0.012, 0.030, "better"),
        ("nabf", 0.010, 0.027, "worse"),
        ("lesion_contrast_recovery", -0.02, 0.10, "undecided"),
    ],
)
def test_the_right_sentence_says_what_the_benchmark_says(metric, low, high, verdict):
    assert _verdict(METRICS[metric], low, high) == verdict
    exercise = get_exercise("benchmark.summary.fair_sentence")
    assert "more edges and invents more" in writing(exercise.name).choices[exercise.reference]


def test_maximum_does_not_beat_itself():
    assert beaten(LAB.known["maximum"]) == ()


def test_metric_without_a_value_beats_nothing():
    reached = LAB.measure([pair.a for pair in cases()])
    assert np.isnan(reached["scd"])
    assert "scd" not in beaten(reached)


def test_lab_scores_are_means_of_the_library():
    pairs = cases()
    rows = [evaluate(np.maximum(p.a, p.b), p.a, p.b, (*EIGHT, LESIONS), truth=p.truth) for p in pairs]
    assert LAB.known["maximum"]["vif"] == pytest.approx(np.mean([row["vif"] for row in rows]))
    assert LAB.known["maximum"][LESIONS] == pytest.approx(np.mean([row[LESIONS] for row in rows]))


@pytest.mark.parametrize(
    ("attempt", "failed"),
    [
        (np.maximum, "hides-pet"),
        (lambda a, b: b.copy(), "hides-pet"),
        (lambda a, b: np.zeros_like(a), "mutual-information"),
        (lambda a, b: np.clip(a + 0.3 * np.random.default_rng(0).standard_normal(a.shape), 0, 1), "mutual-information"),
        (lambda a, b: np.clip(a + 0.1 * b, 0, 1), "mutual-information"),
        (lambda a, b: np.clip(a + 0.1 * (b > 0.25), 0, 1), "mutual-information"),
        (lambda a, b: a.copy(), "beats-maximum"),
        (lambda a, b: np.maximum(a, 0.5 * b), "beats-maximum"),
        (lambda a, b: a + b, "image"),
    ],
)
def test_what_misses_the_goal_is_refused(attempt, failed):
    assert check(NAME, attempt).failed == failed


def test_lab_tells_which_metrics_were_beaten():
    text = check(NAME, get_exercise(NAME).solution()).text
    assert "7 of 8 (en, sd, sf, mi" in text and "lesion contrast" in text


def test_a_line_without_mutual_information_beats_seven():
    """What the page says of one line with what the reader has seen."""
    reached = beaten(LAB.measure([np.clip(p.a + 0.1 * p.b, 0, 1) for p in cases()]))
    assert len(reached) == 7 and "mi" not in reached


@pytest.mark.parametrize(("levels", "threshold"), [(20, 0.25), (25, 0.25), (23, 0.2), (23, 0.3)])
def test_the_labs_solution_is_no_needle(levels, threshold):
    assert check(NAME, lambda a, b: np.clip(a + levels / 255 * (b > threshold), 0, 1)).passed


@pytest.mark.slow
def test_no_weighted_mean_of_two_methods_reaches_the_goals():
    """Mutual information costs least to measure; the whole MRI plus a share of another is tried too."""
    slugs = [method.slug for method in list_methods("fusion", "classical")]
    images = {slug: [fuse(p.a, p.b, slug) for p in cases()] for slug in slugs}
    images = {"MRI": [p.a for p in cases()], "PET": [p.b for p in cases()]} | {
        slug: fused for slug, fused in images.items() if fused[0].ndim == 2
    }
    tried = 0
    for (one, first), (other, second) in combinations(images.items(), 2):
        weights = [(w, 1 - w) for w in np.arange(0.1, 1.0, 0.1)]
        weights += [(1.0, w) for w in (0.02, 0.05, 0.1, 0.2, 0.3)] if one == "MRI" else []
        for v, w in weights:
            blend = [np.clip(np.float32(v) * x + np.float32(w) * y, 0, 1) for x, y in zip(first, second, strict=True)]
            rows = [evaluate(f, p.a, p.b, MUTUAL)[MUTUAL] for f, p in zip(blend, cases(), strict=True)]
            if np.mean(rows) <= LAB.known["maximum"][MUTUAL]:
                continue
            tried, left = tried + 1, iter(blend)
            assert not check(NAME, lambda a, b, left=left: next(left)).passed, f"{v:.2f} {one}, {w:.2f} {other}"
    assert tried > 9
