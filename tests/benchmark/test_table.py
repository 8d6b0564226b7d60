"""A table that is written, read and written again, and the one that ships."""

import importlib
import math

import numpy as np
import pytest

from medfuse_course.benchmark import PairSpec, Results, aanlib_pairs, read_table, run_benchmark, summarize, table_text
from medfuse_course.core.files import data_path
from medfuse_course.methods.tasks import FUSION
from tests.benchmark.helpers import over_seeds, row, timeless

FAMILIES = ("classical", "cnn", "gan", "extractors", "transformers", "remedies")
"""Each has a table of its own; all but the first are networks."""

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


def _check_complete(table: Results, slugs: set[str]) -> None:
    assert set(table.methods) == slugs, "run make benchmark"
    images = {(r.pair, r.seed, r.case, r.slice) for r in table.rows}
    assert len(table.rows) == len(table.methods) * len(images) * len(table.metrics)


def _declared(family: str) -> set[str]:
    """Slugs of the fusion methods of a family, with or without a chapter."""
    methods = importlib.import_module(f"medfuse_course.methods.{family}").METHODS
    return {method.slug for method in methods if method.task == FUSION}


def _check_current(table: Results, methods: tuple[str, ...], pair: PairSpec, tolerance: float) -> None:
    """Change a method or its weights, and run make benchmark."""
    image = (pair.label, pair.seed, pair.case, pair.slice)
    told = {(r.method, r.metric): r.value for r in table.rows if (r.pair, r.seed, r.case, r.slice) == image}
    for found in timeless(run_benchmark(methods, list(table.metrics), [pair], progress=False)):
        value = told[found.method, found.metric]
        words = f"{found.method} {found.metric}"
        np.testing.assert_allclose(float(found.value), value, rtol=tolerance, atol=tolerance, err_msg=words)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shipped_tables_are_complete_and_small(family):
    path = data_path("benchmark", f"{family}.csv")
    _check_complete(read_table(path), _declared(family))
    assert path.stat().st_size < 500_000


def test_the_families_are_compared_on_the_same_images():
    tables = [read_table(data_path("benchmark", f"{family}.csv")) for family in FAMILIES]
    first, *others = ({(r.pair, r.seed, r.metric) for r in table.rows} for table in tables)
    assert all(images == first for images in others)
    assert min(len({r.seed for r in tables[0].rows if r.pair == pair}) for pair in tables[0].pairs) >= 8


def test_the_table_of_classical_methods_is_not_stale():
    # Another NumPy may round a tie the other way, which moves an edge or two of thousands.
    table = read_table(data_path("benchmark", "classical.csv"))
    _check_current(table, RECOMPUTED, PairSpec.of("head/mri-ct", seed=1, lesions=2), 1e-3)


@pytest.mark.torch
def test_the_table_of_networks_is_not_stale():
    pytest.importorskip("torch")
    for family in FAMILIES[1:]:
        table = read_table(data_path("benchmark", f"{family}.csv"))
        _check_current(table, table.methods, PairSpec.of("head/mri-pet", seed=1, lesions=2), 2e-3)


def test_the_table_of_patients_is_complete_and_of_the_test_split():
    table = read_table(data_path("benchmark", "patients.csv"))
    networks = {slug for family in FAMILIES[1:] for slug in _declared(family)}
    _check_complete(table, networks | {"maximum", "laplacian_pyramid", "nsst"})
    assert {pair.partition(":")[2] for pair in table.pairs} == {"split=test"}
    assert len(set(table.pairs)) == 3


def test_a_few_heads_decide_nothing():
    """Of 210 comparisons with the maximum, slices as if independent gave 200 an arrow; one or two heads give none."""
    table = read_table(data_path("benchmark", "patients.csv"))
    summary = summarize(table)
    for pair in summary.pairs:
        found = [c for c in summary.comparisons if c.pair == pair and c.method != "maximum"]
        subjects = int(summary.units[pair].split(" of ")[1].split()[0]) if " of " in summary.units[pair] else 5
        assert subjects >= 5 or {c.verdict for c in found} == {""}
        assert "1 subject" in summary.units[pair] or not pair.startswith("aanlib/mri-pet")
        lone = [c.over for c in found if subjects == 1]
        assert not lone or sum(n <= 3 for n in lone) > 0.9 * len(lone), "slices of one head are worth one to three"


@pytest.mark.torch
@pytest.mark.parametrize(("name", "case"), [("aanlib/mri-ct", 37), ("aanlib/mri-spect", 40)])
def test_the_table_of_patients_is_not_stale(aanlib_folder, name, case):
    pytest.importorskip("torch")
    table = read_table(data_path("benchmark", "patients.csv"))
    pair = next(pair for pair in aanlib_pairs(name, "test", [case]))
    _check_current(table, table.methods, pair, 2e-3)
