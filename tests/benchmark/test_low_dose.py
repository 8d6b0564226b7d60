"""The shipped table of low-dose PET: whole, of patients that no network saw, and not stale."""

import pytest

from medfuse_course.benchmark import PairSpec, read_table, run_benchmark
from medfuse_course.core.files import data_path
from medfuse_course.datasets.thorax.cases import LOW_DOSES
from medfuse_course.metrics import list_metrics
from medfuse_course.training.data.patches import TRAIN_SEEDS

METHODS = {
    "gaussian_denoise:fwhm=0.0,fwhm_slices=0.0", "gaussian_denoise", "nonlocal_means", "lowdose_l1", "lowdose_gan"
}  # fmt: skip


FAINT = {"lesions": 4, "lesion_size": 12.0, "lesion_suv": 5.0}


@pytest.fixture(scope="module")
def table():
    return read_table(data_path("benchmark", "low_dose.csv"))


def test_every_method_met_every_patient_at_every_dose(table):
    assert set(table.methods) == METHODS
    assert table.metrics == tuple(m.slug for m in list_metrics(task="enhancement"))
    assert len(table.rows) == len(METHODS) * len(table.pairs) * 12 * len(table.metrics)
    usual = {f"thorax/low-dose-pet:dose={dose:g},neighbors=1" for dose in LOW_DOSES}
    assert usual < set(table.pairs) and len(table.pairs) == len(usual) + 4
    assert max(row.seed for row in table.rows) < TRAIN_SEEDS


def test_the_untouched_scan_is_one_of_the_methods(table):
    """Smoothed by nothing; so its noise grows as doses fall, nearly by the square root."""
    noise = {
        row.pair: row.value for row in table.rows
        if row.method.startswith("gaussian_denoise:fwhm=0.0") and row.metric == "tissue_noise" and row.seed == 1
    }  # fmt: skip
    half, twentieth = (noise[f"thorax/low-dose-pet:dose={dose},neighbors=1"] for dose in (0.5, 0.05))
    assert twentieth / half == pytest.approx(10**0.5, rel=0.15)


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("options", [{"dose": 0.5}, {"dose": 0.05, "body": 0.5}, {"dose": 0.05, **FAINT}])
def test_the_table_is_not_stale(table, options):
    """Change a method, its weights or the phantom, and run make benchmark."""
    pytest.importorskip("torch")
    pair = PairSpec.of("thorax/low-dose-pet", seed=1, neighbors=1, **options)
    told = {(r.method, r.metric): r.value for r in table.rows if (r.pair, r.seed) == (pair.label, 1)}
    found = run_benchmark(table.methods, list(table.metrics), [pair], progress=False)
    for row in found.rows:
        assert row.value == pytest.approx(told[row.method, row.metric], rel=2e-3, abs=2e-3), (row.method, row.metric)
