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


@pytest.mark.parametrize("metric", ["ssim", "nabf", "lesion_contrast_recovery"])
def test_equal_results_are_neither_better_nor_worse(metric):
    values = [0.3, 0.5, 0.4, 0.6, 0.2, 0.7]
    found = summarize(over_seeds(metric, maximum=values, average=values)).of(PAIR, "average", metric)
    assert (found.low, found.difference, found.high, found.verdict) == (0, 0, 0, "undecided")


def test_lesion_contrast_is_best_near_one_not_where_it_is_exaggerated():
    shares = over_seeds(
        "lesion_contrast_recovery",
        maximum=[0.5, 0.6, 0.7, 0.6, 0.5],
        faithful=[0.95, 0.93, 0.96, 0.92, 0.94],
        exaggerated=[1.3, 1.35, 1.28, 1.34, 1.31],
        beyond=[1.6, 1.7, 1.6, 1.65, 1.62],
    )
    summary = summarize(shares)
    found = {name: summary.of(PAIR, name, "lesion_contrast_recovery") for name in summary.methods}
    assert bests(shares) == ["faithful"]
    assert found["faithful"].verdict == "better"
    assert found["exaggerated"].verdict == "", "across 1 a difference does not say who is nearer"
    assert summarize(shares, baseline="exaggerated").of(PAIR, "beyond", "lesion_contrast_recovery").verdict == "worse"
    assert "LCR →1" in summary.to_markdown()


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


def subjects(count, slices=None):
    """Case 50 + k has k + 1 slices of value k, or as many as `slices`; `average` is about 0.5 better."""
    cells = [(50 + k, s, float(k)) for k in range(count) for s in range(slices or k + 1)]
    return Results(
        tuple(
            row(method, v + more * (1 + 0.1 * (-1) ** s), pair="aanlib/mri-ct", case=case, slice=s)
            for method, more in (("maximum", 0.0), ("average", 0.5))
            for case, s, v in cells
        )
    )


def test_few_subjects_count_by_slices_without_a_verdict():
    summary = summarize(subjects(4))
    assert summary.units["aanlib/mri-ct"] == "10 slices of 4 subjects"
    assert summary.mean("aanlib/mri-ct", "maximum", "ssim") == pytest.approx((0 + 2 + 6 + 12) / 10)
    found = summary.of("aanlib/mri-ct", "average", "ssim")
    assert found.low > 0.4 and found.over == 10, "neighbors that alternate are not alike: each slice counts"
    assert found.verdict == ""
    first, second = summary.notes["aanlib/mri-ct"]
    assert first == "No verdict: that takes 5 subjects, and these are 10 slices of 4 subjects"
    assert "worth 10 independent ones" in second and "says nothing about other subjects" in second


def test_slices_that_change_slowly_are_worth_few():
    """A difference that drifts over 90 slices of one head is one or two observations, however sure slices look."""
    drift = [0.5 + 0.1 * math.sin(k / 30) for k in range(90)]
    rows = [row("maximum", 0.0, pair="aanlib/mri-ct", case=37, slice=k) for k in range(90)]
    rows += [row("average", v, pair="aanlib/mri-ct", case=37, slice=k) for k, v in enumerate(drift)]
    found = summarize(Results(tuple(rows))).of("aanlib/mri-ct", "average", "ssim")
    assert found.over <= 2 and math.isnan(found.low) and found.verdict == ""
    assert paired_interval(drift)[0] > 0.5, "as if the slices were independent"


def test_five_subjects_count_by_subject():
    summary = summarize(subjects(5))
    assert summary.units["aanlib/mri-ct"] == "5 subjects (15 slices)"
    assert summary.mean("aanlib/mri-ct", "maximum", "ssim") == pytest.approx(2.0)
    found = summary.of("aanlib/mri-ct", "average", "ssim")
    assert found.low > 0.4 and (found.verdict, found.over) == ("better", 5)
    assert summary.notes["aanlib/mri-ct"] == ()


def test_cases_of_one_head_are_one_subject():
    """The three MRI/PET cases of AANLIB: same slice numbers, one head, no verdict."""
    rows = [
        row(method, value + k, pair="aanlib/mri-pet", case=case, slice=k)
        for method, value in (("maximum", 0.0), ("average", 1.0)) for case in (25, 30, 41) for k in range(4)
    ]  # fmt: skip
    summary = summarize(Results(tuple(rows)))
    assert summary.units["aanlib/mri-pet"] == "12 slices of 1 subject"
    assert summary.of("aanlib/mri-pet", "average", "ssim").count == 12
    assert summary.of("aanlib/mri-pet", "average", "ssim").verdict == ""
    assert "one head in 3 planes" in summary.notes["aanlib/mri-pet"][-1]


@pytest.mark.parametrize("count", [1, 4, 5, 8])
def test_no_verdict_below_five_subjects(count):
    real = summarize(subjects(count, slices=30)).of("aanlib/mri-ct", "average", "ssim")
    base = [0.1 * k for k in range(count)]
    phantom = summarize(over_seeds(maximum=base, average=[b + 0.5 for b in base])).of(PAIR, "average", "ssim")
    assert real.low > 0.4
    assert {real.verdict, phantom.verdict} == {"better" if count >= 5 else ""}


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
