"""Benchmarks of the tasks that are not fusion: their methods on their cases, judged by their metrics."""

import numpy as np
import pytest

from medfuse_course.benchmark import PairSpec, phantom_pairs, run_benchmark, summarize
from medfuse_course.datasets import load_case
from medfuse_course.methods import solve
from medfuse_course.metrics import score
from tests.benchmark.helpers import over_seeds

PET = {"simulate": "image_space", "lesions": 2}
DOSES = phantom_pairs("thorax/low-dose-pet", seeds=(0, 1), **PET)
FILTERS = ["gaussian_denoise:fwhm=3.0", "nonlocal_means"]


@pytest.fixture(scope="module")
def results():
    return run_benchmark(FILTERS, None, DOSES, progress=False)


def test_values_are_those_of_score(results):
    assert results.failed == ()
    assert results.methods == tuple(FILTERS)
    for seed in (0, 1):
        case = load_case("thorax/low-dose-pet", seed=seed, **PET)
        wanted = score(solve(case, "gaussian_denoise", fwhm=3.0), case)
        got = {r.metric: r.value for r in results.rows if r.seed == seed and r.method == FILTERS[0]}
        assert got == pytest.approx(wanted)


def test_a_summary_reads_them(results):
    summary = summarize(results, baseline=FILTERS[0])
    (pair,) = summary.pairs
    assert pair == "thorax/low-dose-pet:lesions=2,simulate=image_space"
    assert summary.of(pair, "nonlocal_means", "suv_mean_bias").best
    assert "SUVmean bias →0" in summary.to_markdown()


def test_the_bias_nearest_to_zero_is_best_and_no_sign_is_a_verdict():
    bias = over_seeds(
        "suv_mean_bias", low=[-9.0, -8.0, -9.5, -8.5], near=[-1.0, 1.0, 2.0, 0.5], high=[5.0, 6.0, 5.5, 6.5]
    )
    summary = summarize(bias, baseline="low")
    found = {name: summary.of("head/mri-ct", name, "suv_mean_bias") for name in ("low", "near", "high")}
    assert [name for name, one in found.items() if one.best] == ["near"]
    assert found["high"].verdict == ""


def test_segmentation_and_synthesis_are_benchmarked_too():
    lesions = phantom_pairs("thorax/pet-ct-lesions", seeds=(0,), slices=(30,), **PET)
    found = run_benchmark(["threshold_segmentation:threshold=4"], ["dice"], lesions, progress=False)
    assert (found.rows[0].status, found.rows[0].slice) == ("ok", 30)
    heads = phantom_pairs("head/mri-to-ct", seeds=(0,))
    assert run_benchmark(["regression_synthesis"], ["mae"], heads, progress=False).rows[0].value < 60


def test_a_measure_of_ones_own_gets_the_case():
    measures = {"spread": lambda result, case: float(np.std(result[case.lesions]))}
    (row,) = run_benchmark(["nonlocal_means"], [measures], DOSES[:1], progress=False).rows
    assert (row.metric, row.status) == ("spread", "ok")


@pytest.mark.parametrize(
    ("methods", "metrics", "pairs", "said"),
    [
        (["average"], None, DOSES, "methods: expected enhancement methods, got 'average', which does fusion"),
        (["nonlocal_means"], None, phantom_pairs("head/mri-ct", seeds=(0,)), "expected fusion methods"),
        (["nonlocal_means"], ["dice"], DOSES, "unknown metric 'dice'"),
        (["nonlocal_means"], None, [*DOSES, PairSpec.of("head/mri-to-ct")], "of one task, got enhancement and synth"),
    ],
)
def test_what_does_not_go_together_is_answered(methods, metrics, pairs, said):
    with pytest.raises(ValueError, match=said):
        run_benchmark(methods, metrics, pairs)
