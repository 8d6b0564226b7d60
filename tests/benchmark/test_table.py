"""A table that is written, read and written again, and the one that ships."""

import math

import numpy as np
import pytest

from medfuse_course.benchmark import PairSpec, Results, read_table, run_benchmark, summarize, table_text
from medfuse_course.core.files import data_path
from medfuse_course.methods import list_methods
from tests.benchmark.helpers import over_seeds, row, timeless

RECOMPUTED = ("average", "maximum", "pca", "laplacian_pyramid", "gradient_pyramid", "dwt", "swt", "guided_filter")
"""Quick ones: together they stand on every rule and most of the shared parts."""


def test_what_is_written_can_be_read(tmp_path):
    results = Results((
        row("maximum", 0.123456789, seed=3, slice=30), row("maximum", 2e-7, metric="nabf", seed=3, slice=30),
        row("dwt:levels=3", math.nan, case=7, slice=2, pair="aanlib/mri-ct:split=test"),
        row("dwt:levels=3", 1.0, metric="nabf", case=7, slice=2, pair="aanlib/mri-ct:split=test"),
    ))  # fmt: skip
    path = tmp_path / "table.csv"
    path.write_text(table_text(results))
    assert path.read_text().splitlines() == [
        "method,pair,slice,seed,case,preset,ssim,nabf",
        "maximum,head/mri-ct,30,3,,course,0.123457,2e-07",
        "dwt:levels=3,aanlib/mri-ct:split=test,2,,7,course,,1",
    ]
    again = read_table(path)
    assert [r.status for r in again.rows] == ["ok", "ok", "undefined", "ok"]
    assert table_text(again) == path.read_text()


def test_a_summary_of_what_was_read_is_that_of_what_was_computed(tmp_path):
    results = over_seeds(maximum=[0.5, 0.7, 0.6, 0.4, 0.3], average=[0.4, 0.8, 0.3, 0.1, 0.2])
    (tmp_path / "t.csv").write_text(table_text(results))
    assert summarize(read_table(tmp_path / "t.csv")).comparisons == summarize(results).comparisons


def test_failures_are_not_shipped():
    with pytest.raises(ValueError, match="1 values failed, the first by pca on head/mri-ct: it broke"):
        table_text(Results((row("maximum", 1.0), row("pca", math.nan, status="failed", failure="it broke"))))


@pytest.mark.parametrize("head", ["method,pair,value", "method,pair,slice,seed,case,preset", ""])
def test_another_file_is_refused(tmp_path, head):
    (tmp_path / "t.csv").write_text(f"{head}\n")
    with pytest.raises(ValueError, match="expected the columns method, pair"):
        read_table(tmp_path / "t.csv")


def test_a_metric_of_another_library_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("method,pair,slice,seed,case,preset,sssim\n")
    with pytest.raises(ValueError, match="did you mean 'ssim'"):
        read_table(tmp_path / "t.csv")


@pytest.fixture(scope="module")
def shipped() -> Results:
    return read_table(data_path("benchmark", "classical.csv"))


def test_the_shipped_table_is_complete_and_small(shipped):
    assert set(shipped.methods) == {m.slug for m in list_methods(family="classical")}, "run make benchmark"
    pairs = {(r.pair, r.seed) for r in shipped.rows}
    assert len(shipped.rows) == len(shipped.methods) * len(pairs) * len(shipped.metrics)
    assert min(sum(p == pair for p, _ in pairs) for pair in shipped.pairs) >= 8
    assert data_path("benchmark", "classical.csv").stat().st_size < 500_000


def test_the_shipped_table_is_not_stale(shipped):
    """Change a method, and run make benchmark."""
    pair, metrics = PairSpec.of("head/mri-ct", seed=1, lesions=2), list(shipped.metrics)
    now = run_benchmark(RECOMPUTED, metrics, [pair], progress=False)
    told = {(r.method, r.metric): r.value for r in shipped.rows if (r.pair, r.seed) == (pair.label, pair.seed)}
    # Another NumPy may round a tie the other way, which moves an edge or two of thousands.
    for found in timeless(now):
        value = told[found.method, found.metric]
        np.testing.assert_allclose(
            float(found.value), value, rtol=1e-3, atol=1e-3, err_msg=f"{found.method} {found.metric}"
        )
