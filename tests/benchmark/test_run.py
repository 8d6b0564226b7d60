"""`run_benchmark`: the values, the order, the failures, and the law of resuming."""

import math
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

from medfuse_course.benchmark import MethodSpec, PairSpec, jobs, phantom_pairs, run, run_benchmark, summarize
from medfuse_course.benchmark.store import Store
from medfuse_course.datasets import load_pair
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate, list_metrics
from tests.benchmark.helpers import METRICS, Bad, timeless

METHODS = ["average", "laplacian_pyramid:levels=3"]
PAIRS = phantom_pairs("head/mri-ct", seeds=range(3))


def benchmark(methods=METHODS, metrics=METRICS, pairs=PAIRS, **options):
    return run_benchmark(methods, metrics, pairs, **options)


@pytest.fixture
def fusions(monkeypatch):
    """The fusions that really happen."""
    seen = []

    def counted(a, b, slug, **options):
        seen.append(slug)
        return fuse(a, b, slug, **options)

    monkeypatch.setattr(jobs, "fuse", counted)
    return seen


def test_one_row_for_each_pair_method_and_metric_in_order():
    results = benchmark()
    told = [(r.pair, r.seed, r.method, r.metric) for r in results.rows]
    assert told == [("head/mri-ct", seed, m, k) for seed in range(3) for m in METHODS for k in METRICS]
    assert all(r.status == "ok" and r.seconds > 0 and r.failure == "" for r in results.rows)


def test_a_value_is_what_fuse_and_evaluate_say():
    metrics = ["psnr", "qabf", "background_lift", "lesion_contrast_recovery"]
    results = benchmark(METHODS, metrics, [PairSpec.of("head/mri-pet", seed=2, slice=40, color="hot", lesions=1)])
    pair = load_pair("head/mri-pet", seed=2, slice=40, color="hot", lesions=1)
    fused = fuse(pair.a, pair.b, "laplacian_pyramid", levels=3)
    found = {r.metric: r.value for r in results.rows if r.method == METHODS[1]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a metric without a value
        expected = evaluate(fused, pair.a, pair.b, metrics, truth=pair.truth)
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_all_metrics_of_the_preset_by_default(monkeypatch):
    monkeypatch.setattr(jobs, "evaluate", lambda f, a, b, metric, *_: {metric: 0.5})
    real = PairSpec.of("head/mri-ct", seed=1)
    assert benchmark(["average"], None, [real], preset="linfeng").metrics == tuple(
        m.slug for m in list_metrics("linfeng")
    )


def test_no_value_comes_with_its_reason():
    (found,) = benchmark(["average"], ["lesion_contrast_recovery"], PAIRS[:1]).rows
    assert (found.status, found.failure) == ("undefined", "truth.lesions is empty")
    assert math.isnan(found.value)


def test_a_metric_that_needs_a_truth_is_left_out_of_real_pairs(aanlib_folder):
    real = PairSpec.of("aanlib/mri-ct", case=34, slice=10, split="val")
    results = benchmark(["average"], ["en", "lesion_contrast_recovery"], [real, PAIRS[0]])
    assert [(r.case, r.metric) for r in results.rows] == [(34, "en"), (None, "en"), (None, "lesion_contrast_recovery")]


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (MethodSpec.of("laplacian_pyramid", levels=16), "ValueError: levels: "),
        (Bad("pca"), "RuntimeError: it broke in"),
    ],
)
def test_a_method_that_fails_has_failed_rows_and_ends_nothing(method, reason):
    results = benchmark([method, "average"])
    assert len(results.rows) == 12
    assert {r.method for r in results.failed} == {method.label}
    assert len(results.failed) == 6
    assert all(r.failure.startswith(reason) and math.isnan(r.value) for r in results.failed)


def test_a_metric_that_fails_spoils_no_other(monkeypatch):
    def broken(f, a, b, metric, *rest):
        if metric == "cc":
            raise FloatingPointError("underflow")
        return evaluate(f, a, b, metric, *rest)

    monkeypatch.setattr(jobs, "evaluate", broken)
    assert [r.status for r in benchmark(["average"], pairs=PAIRS[:1]).rows] == ["ok", "failed"]


def test_a_pair_that_cannot_be_loaded_is_said():
    results = benchmark(pairs=[PairSpec.of("head/mri-ct", slice=999), PAIRS[0]])
    assert [r.status for r in results.rows] == ["failed"] * 4 + ["ok"] * 4
    assert "slice: expected 0 to" in results.rows[0].failure


def test_a_method_that_writes_into_its_input_spoils_nobody_else(monkeypatch):
    def spoiling(a, b, slug, **options):
        fused = fuse(a, b, slug, **options)
        a[:], b[:] = 0, 0
        return fused

    clean = timeless(benchmark())
    monkeypatch.setattr(jobs, "fuse", spoiling)
    assert timeless(benchmark()) == clean


@pytest.mark.parametrize("stop", range(6))
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, fusions, stop):
    whole = benchmark(folder=tmp_path / "whole")
    append, kept = Store.append, []

    def until(store, records):
        if len(kept) == stop:
            raise KeyboardInterrupt
        kept.extend(records)
        append(store, records)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Store, "append", until)
        benchmark(folder=tmp_path / "parts")
    fusions.clear()
    resumed = benchmark(folder=tmp_path / "parts")
    assert timeless(resumed) == timeless(whole)
    assert len(fusions) == 6 - stop
    seconds = {r.job.key: r.seconds for r in kept}
    assert {r.seconds for r in resumed.rows} >= set(seconds.values()), "what was kept is not measured again"


def test_a_larger_benchmark_computes_only_what_is_new(tmp_path, fusions):
    benchmark(folder=tmp_path)
    fusions.clear()
    benchmark(folder=tmp_path)
    assert fusions == []
    larger = benchmark([*METHODS, "pca"], folder=tmp_path)
    assert fusions == ["pca"] * 3
    fusions.clear()
    larger = benchmark(metrics=["cc", "sd"], folder=tmp_path)
    assert len(fusions) == 6
    assert timeless(larger) == timeless(benchmark(metrics=["cc", "sd"]))


def test_results_of_another_library_are_not_mixed_in(tmp_path, monkeypatch, fusions):
    benchmark(folder=tmp_path)
    fusions.clear()
    for module in (run, jobs):
        monkeypatch.setattr(module, "library_digest", lambda: "another")
    assert {r.library for r in benchmark(folder=tmp_path).rows} == {"another"}
    assert len(fusions) == 6


def test_what_failed_is_tried_again(tmp_path, monkeypatch):
    def unlucky(*_, **__):
        raise OSError("no luck")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "fuse", unlucky)
        assert len(benchmark(folder=tmp_path).failed) == 12
    assert benchmark(folder=tmp_path).failed == ()


def test_what_is_asked_twice_is_done_once():
    results = benchmark(["average", "average"], ["en", "en"], [PAIRS[0], PAIRS[0]])
    assert len(results.rows) == 1


def test_as_frame_and_as_csv():
    import io

    import pandas as pd

    results = benchmark([*METHODS, Bad("pca")], ["en", "lesion_contrast_recovery"])
    frame = results.to_frame()
    read = pd.read_csv(io.StringIO(results.to_csv()), dtype=dict.fromkeys(("slice", "seed", "case"), "Int64"))
    assert list(frame.columns) == list(read.columns)
    assert np.array_equal(frame["value"], read["value"], equal_nan=True)
    assert frame["seed"].tolist() == read["seed"].tolist()
    assert frame["case"].isna().all()
    assert (read["failure"].isna() == (frame["status"] == "ok")).all()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"methods": "average"}, TypeError, "methods: expected several (a list), got 'average'; write ['average']"),
        ({"methods": []}, ValueError, "methods: expected at least one, got none"),
        ({"methods": [3]}, TypeError, "methods: expected slugs, MethodSpec or {name: function}, got int"),
        ({"methods": [np.maximum]}, TypeError, "methods: a method of your own needs a name; write {'my method':"),
        ({"methods": ["average", {"average": "pca"}]}, ValueError, "methods: two of them are called 'average'"),
        ({"methods": {}}, ValueError, "methods: expected at least one, got none"),
        ({"metrics": [{"ssim": len}]}, ValueError, "metrics: 'ssim' is a metric of the library"),
        ({"metrics": [{"mine": 3}]}, TypeError, "metrics: expected {name: function of a fused image and its pair}"),
        ({"methods": {"mine": lambda a, b: a}, "workers": 2}, TypeError, "workers: 'mine' cannot be sent to a process"),
        ({"methods": ["average:levels=2"]}, TypeError, "methods: average: unknown option"),
        ({"metrics": ["sim"]}, ValueError, "metrics: unknown metric 'sim'; did you mean 'ssim'"),
        ({"pairs": ["head/mri-ct"]}, TypeError, "make them with phantom_pairs"),
        ({"pairs": phantom_pairs("head/mri-ct", lesion=1)}, TypeError, "did you mean 'lesions'"),
        ({"preset": "curse"}, ValueError, "preset: unknown preset 'curse'; did you mean 'course'"),
        ({"workers": 0}, ValueError, "workers: expected a whole number from 1 to 1024"),
        ({"workers": 2, "executor": object()}, ValueError, "workers: an executor has its own workers"),
        ({"executor": 4}, TypeError, "executor: expected a concurrent.futures executor"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_computed(arguments, error, words, fusions):
    with pytest.raises(error, match=re.escape(words)):
        benchmark(**arguments)
    assert fusions == []


def test_a_truth_nobody_has_is_an_error():
    real = PairSpec.of("aanlib/mri-ct", case=34, slice=10, split="val")
    with pytest.raises(ValueError, match="needs a known truth, and no pair has one"):
        benchmark(metrics=["lesion_contrast_recovery"], pairs=[real])


def half(a, b):
    return (a + b) / 2


def mean_gray(fused, pair):
    assert pair.name == "head/mri-ct"
    return fused.mean()


def test_own_methods_and_measures_stand_beside_the_librarys(tmp_path):
    methods = ["average", {"half and half": half, "five levels": "laplacian_pyramid:levels=5"}]
    results = benchmark(methods, ["cc", {"mean gray": mean_gray}])
    assert results.methods == ("average", "half and half", "five levels")
    assert results.metrics == ("cc", "mean gray")
    values = {m: [r.value for r in results.rows if r.method == m] for m in results.methods}
    assert values["half and half"] == values["average"] != values["five levels"]
    pair = PAIRS[0].load()
    assert values["average"][1] == fuse(pair.a, pair.b, "average").mean()
    assert timeless(benchmark(methods, ["cc", {"mean gray": mean_gray}], workers=2)) == timeless(results)

    summary = summarize(results, baseline="average")
    text = summary.to_markdown()
    assert "| half and half" in text and "mean gray |" in text
    assert summary.of("head/mri-ct", "five levels", "mean gray").verdict == "", "nobody said which way is better"
    assert "half and half" in summary.to_html()


def test_what_is_ones_own_is_computed_each_time(tmp_path, fusions):
    def asked(value):
        return benchmark([{"mine": lambda a, b: a * value}, "average"], ["en", {"mean": mean_gray}], folder=tmp_path)

    first = asked(0.5)
    assert asked(0.5).rows[:2] != first.rows[:2], "seconds differ"
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert len(lines) == 3, "the library's method is kept once for each pair"
    assert "mine" not in "".join(lines) and "mean" not in "".join(lines)
    fresh = benchmark([{"mine": lambda a, b: a * 0.25}], ["en", {"mean": mean_gray}])
    assert timeless(asked(0.25))[:2] == timeless(fresh)[:2]


def test_own_things_that_fail_are_failed_rows():
    def broken(*_):
        raise RuntimeError("no luck")

    results = benchmark([{"mine": broken}, "average"], [{"bad": broken}], PAIRS[:1])
    assert [r.failure for r in results.failed] == ["RuntimeError: no luck"] * 2


def test_what_was_written_in_a_notebook_cannot_go_to_a_process(monkeypatch):
    import __main__

    monkeypatch.delattr(__main__, "__file__", raising=False)
    monkeypatch.setattr(half, "__module__", "__main__")
    monkeypatch.setattr(__main__, "half", half, raising=False)
    with pytest.raises(TypeError, match="workers: 'mine' was written in a notebook, where no process finds it"):
        benchmark({"mine": half}, workers=2)


@pytest.mark.torch
def test_a_network_of_ones_own():
    torch = pytest.importorskip("torch")

    class Mean(torch.nn.Module):
        def forward(self, a, b):
            return self.share * a + (1 - self.share) * b

        def __init__(self):
            super().__init__()
            self.share = torch.nn.Parameter(torch.tensor(0.5))

    results = benchmark(["average", {"network": Mean()}])
    values = [[r.value for r in results.rows if r.method == m] for m in results.methods]
    assert values[1] == pytest.approx(values[0], rel=1e-5)


@pytest.mark.torch
def test_weights_count_by_what_the_file_holds(tmp_path):
    """Another training saved under the same name is another method."""
    pytest.importorskip("torch")
    from medfuse_course.methods.weights import shipped_path

    path, shipped = tmp_path / "w.safetensors", shipped_path("max_residual").read_bytes()
    path.write_bytes(shipped)
    spec = MethodSpec.of("max_residual", weights=str(path))
    first = run.plan([spec], METRICS, PAIRS[:1], "course")[0][0]
    path.write_bytes(shipped[:-1] + b"x")
    second = run.plan([spec], METRICS, PAIRS[:1], "course")[0][0]
    assert first.key != second.key


def test_import_is_light():
    code = (
        "import sys, medfuse_course.benchmark; "
        "sys.exit(bool({'torch', 'pandas', 'plotly', 'matplotlib', 'distributed'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
