"""Means, best and verdicts, against tables small enough to do by hand."""

import math

import pytest

from medfuse_course.benchmark import Results, paired_interval, summarize
from tests.benchmark.helpers import over_seeds, row

PAIR = "head/mri-ct"


def bests(results, **options):
    summary = summarize(results, **({"baseline": None} | options))
    return [c.method for c in summary.comparisons if c.best]


def test_means_and_differences_by_hand():
    summary = summarize(over_seeds(maximum=[0.5, 0.7, 0.6], average=[0.4, 0.8, 0.3]))
    assert summary.mean(PAIR, "maximum", "ssim") == pytest.approx(0.6)
    found = summary.of(PAIR, "average", "ssim")
    assert (found.mean, found.difference) == (pytest.approx(0.5), pytest.approx(-0.1))
    assert (found.count, found.total, found.verdict) == (3, 3, "")
    assert math.isnan(found.low), "three seeds carry no interval"
    assert math.isnan(summary.of(PAIR, "maximum", "ssim").difference)


@pytest.mark.parametrize(
    ("metric", "best"), [("ssim", ["average"]), ("nabf", ["maximum"]), ("en", []), ("sf", []), ("mse", ["maximum"])]
)
def test_the_best_goes_by_the_direction(metric, best):
    assert bests(over_seeds(metric, maximum=[0.1, 0.2], average=[0.3, 0.4])) == best


def test_equals_are_both_best_and_one_alone_is_not():
    assert bests(over_seeds(maximum=[0.1, 0.3], average=[0.3, 0.1], pca=[0.1, 0.1])) == ["maximum", "average"]
    assert bests(over_seeds(maximum=[0.1, 0.3])) == []


def test_leaving_hard_images_out_does_not_pay():
    results = over_seeds(maximum=[0.2, 0.8], average=[math.nan, 0.9])
    summary = summarize(results)
    found = summary.of(PAIR, "average", "ssim")
    assert bests(results) == ["maximum"]
    assert (found.mean, found.count, found.total) == (0.9, 1, 2)
    assert found.difference == pytest.approx(0.1), "only the images that both have"


def test_a_difference_is_over_the_images_that_both_have():
    found = summarize(over_seeds(maximum=[math.nan, 0.2], average=[0.9, 0.3])).of(PAIR, "average", "ssim")
    assert (found.mean, found.difference) == (pytest.approx(0.6), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("metric", "shift", "verdict"),
    [("ssim", 0.1, "better"), ("ssim", -0.1, "worse"), ("nabf", 0.1, "worse"), ("nabf", -0.1, "better"),
     ("en", 0.1, ""), ("ssim", 0.0, "undecided")],
)  # fmt: skip
def test_the_verdict_goes_by_the_direction(metric, shift, verdict):
    base = [0.3, 0.5, 0.4, 0.6, 0.2, 0.7]
    noise = [0.01, -0.01, 0.02, -0.02, 0.005, -0.005]
    found = summarize(
        over_seeds(metric, maximum=base, average=[b + shift + n for b, n in zip(base, noise, strict=True)])
    ).of(PAIR, "average", metric)
    assert found.verdict == verdict
    assert found.low < found.difference < found.high


def test_the_interval_is_that_of_the_paired_differences():
    base, other = [0.3, 0.5, 0.9, 0.1, 0.2], [0.35, 0.5, 0.97, 0.12, 0.21]
    found = summarize(over_seeds(maximum=base, average=other), confidence=0.9, resamples=500, seed=3)
    differences = [b - a for a, b in zip(base, other, strict=True)]
    one = found.of(PAIR, "average", "ssim")
    assert (one.low, one.high) == paired_interval(differences, confidence=0.9, resamples=500, seed=3)


def test_slices_of_one_seed_are_averaged_first():
    """Seed 0 has slices of value 0 and 1, seed 1 one slice of value 2: the mean over seeds is 1.25, over slices 1."""
    values = [(0, 30, 0.0), (0, 31, 1.0), (1, 30, 2.0)]
    rows = tuple(row("maximum", v, seed=seed, slice=s) for seed, s, v in values)
    summary = summarize(Results(rows))
    assert summary.mean(PAIR, "maximum", "ssim") == 1.25
    assert summary.units[PAIR] == "2 seeds (3 slices)"


def patients(count):
    """Patient k has k + 1 slices of value k; `average` is 0.5 better."""
    cells = [(case, s, float(case)) for case in range(count) for s in range(case + 1)]
    return Results(
        tuple(
            row(method, v + more, pair="aanlib/mri-ct", case=case, slice=s)
            for method, more in (("maximum", 0.0), ("average", 0.5))
            for case, s, v in cells
        )
    )


def test_few_patients_count_by_slices_and_say_so():
    summary = summarize(patients(4))
    assert summary.units["aanlib/mri-ct"] == "10 slices of 4 patients"
    assert summary.mean("aanlib/mri-ct", "maximum", "ssim") == pytest.approx((0 + 2 + 6 + 12) / 10)
    assert "say nothing about other patients" in summary.notes["aanlib/mri-ct"][0]


def test_five_patients_count_by_patient():
    summary = summarize(patients(5))
    assert summary.units["aanlib/mri-ct"] == "5 patients (15 slices)"
    assert summary.mean("aanlib/mri-ct", "maximum", "ssim") == pytest.approx(2.0)
    assert summary.of("aanlib/mri-ct", "average", "ssim").low == pytest.approx(0.5)
    assert summary.notes["aanlib/mri-ct"] == ()


def test_seconds_are_the_median_over_pairs_not_over_rows():
    rows = [
        row("maximum", 1.0, seed=k, metric=m, seconds=s) for k, s in enumerate([9.0, 1.0, 2.0]) for m in ("cc", "en")
    ]
    rows += [row("maximum", math.nan, seed=3, status="failed", failure="broke", seconds=math.nan)]
    assert summarize(Results(tuple(rows))).seconds[PAIR, "maximum"] == 2.0


def test_what_failed_and_what_has_no_value_is_noted():
    rows = (
        row("maximum", 0.5, metric="cc"),
        row("maximum", math.nan, metric="lesion_contrast_recovery", failure="truth.lesions is empty"),
        row("average", math.nan, metric="cc", status="failed", failure="ValueError: no"),
        row("average", math.nan, metric="lesion_contrast_recovery", status="failed", failure="ValueError: no"),
    )
    summary = summarize(Results(rows))
    assert summary.notes[PAIR] == (
        "average: 2 of 2 values failed, the first by: ValueError: no",
        "LCR has no value for 1 of 2 images: truth.lesions is empty",
    )
    assert [m.slug for m in summary.metrics(PAIR)] == ["cc"]


def test_pairs_are_never_averaged_together():
    rows = tuple(row("maximum", v, pair=p) for p, v in (("head/mri-ct", 1.0), ("head/mri-ct:lesions=2", 3.0)))
    summary = summarize(Results(rows))
    assert [summary.mean(p, "maximum", "ssim") for p in summary.pairs] == [1.0, 3.0]


def test_what_is_wrong_is_said():
    results = over_seeds(average=[1.0], pca=[2.0])
    with pytest.raises(ValueError, match="baseline: unknown method 'maximum'.*run it too, or say baseline=None"):
        summarize(results)
    with pytest.raises(ValueError, match="results: expected at least one row"):
        summarize(Results(()))
    summary = summarize(results, baseline="pca")
    with pytest.raises(ValueError, match="unknown method 'avrage'; did you mean 'average'"):
        summary.of(PAIR, "avrage", "ssim")
    with pytest.raises(ValueError, match="unknown metric 'sim'; did you mean 'ssim'"):
        summary.of(PAIR, "pca", "sim")
