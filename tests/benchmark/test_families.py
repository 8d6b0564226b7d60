"""Groups of methods against each other, held to the shipped files read by hand, and to published sizes."""

import csv
import math
from statistics import fmean, median, stdev

import numpy as np
import pytest

pytest.importorskip("torch")

from scipy import stats

from medfuse_course.benchmark import cost, cost_ratio, family_gains, paired_interval, phantom_scores, shipped_timings
from medfuse_course.benchmark.families import tables_with
from tests.house import ROOT


def _read(table, method, measure, pairs):
    """Seed to the values of one method, straight from the file."""
    found = {}
    with (ROOT / "data" / "benchmark" / f"{table}.csv").open(encoding="utf8") as file:
        for row in csv.DictReader(file):
            if row["method"] == method and row["pair"].partition(":")[0] in pairs and row[measure]:
                found.setdefault(int(row["seed"]), []).append(float(row[measure]))
    return found


PAIRS = ("head/mri-pet", "head/mri-ct")


@pytest.mark.parametrize(
    ("measure", "better"),
    [
        ("qabf", lambda v: v),
        ("missed_edges", lambda v: -v),
        ("lesion_contrast_recovery", lambda v: -abs(v - 1)),
    ],
)
def test_gains_are_means_of_the_files_in_the_direction_of_the_metric(measure, better):
    tables = {"ifcnn": "cnn", "drpl": "cnn", "maximum": "classical"}
    means = {
        method: {seed: fmean(map(better, values)) for seed, values in _read(table, method, measure, PAIRS).items()}
        for method, table in tables.items()
    }
    expected = [(means["ifcnn"][s] + means["drpl"][s]) / 2 - means["maximum"][s] for s in sorted(means["maximum"])]
    assert len(expected) == 12
    np.testing.assert_allclose(family_gains(measure, ["ifcnn", "drpl"], ["maximum"], PAIRS), expected, atol=1e-12)


def test_a_spread_is_the_distance_from_the_median():
    a, b = (phantom_scores("qabf", [method], PAIRS)[0] for method in ("ifcnn", "maximum"))
    expected = [abs(y - median(b)) - abs(x - median(a)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(family_gains("qabf", ["ifcnn"], ["maximum"], PAIRS, spread=True), expected, atol=1e-12)


@pytest.mark.parametrize("methods", [["no_such_method"], ["ifcnn", "lowdose_gan"]])
def test_a_method_without_values_is_named(methods):
    with pytest.raises(ValueError, match=methods[-1]):
        phantom_scores("qabf", methods)


def test_tables_are_named():
    assert tables_with("qabf", ["ifcnn", "maximum"]) == ("classical.csv", "cnn.csv")
    assert tables_with("target_ssim", ["lowdose_gan"]) == ("low_dose.csv",)


@pytest.mark.parametrize(
    ("method", "parameters"), [("vgg19_softmax", 20_024_384), ("resnet_zca", 25_557_032), ("fusiongan", 925_633)]
)
def test_published_sizes(method, parameters):
    """VGG-19's features and ResNet-50 as torchvision counts them; FusionGAN by its released checkpoint."""
    assert cost("parameters", method) == parameters


def test_counting_parameters_changes_no_random_numbers():
    import torch

    torch.manual_seed(5)
    before = torch.get_rng_state()
    cost("parameters", "xia_cnn")
    assert torch.equal(torch.get_rng_state(), before)


def test_two_families_are_compared_as_welch_did():
    """Welch, Biometrika 34 (1947) 28: the interval by its formula, on logarithms of the file's times."""
    times = shipped_timings()["methods (ms)"]
    groups = (
        ["ifcnn", "xia_cnn", "liu_cnn", "drpl", "emfusion"],
        ["matr", "swinfusion", "destrans", "cddfuse", "dcif_gan"],
    )
    less, more = ([math.log(times[m]) for m in group] for group in groups)
    errors = [stdev(values) ** 2 / len(values) for values in (less, more)]
    freedom = sum(errors) ** 2 / sum(e**2 / 4 for e in errors)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(sum(errors))
    gain = fmean(more) - fmean(less)
    expected = [math.exp(value) for value in (gain, gain - reach, gain + reach)]
    np.testing.assert_allclose(cost_ratio("milliseconds", *groups), expected, rtol=1e-9)


def test_a_family_beside_one_method_is_paired():
    times = shipped_timings()["methods (ms)"]
    group = ["ifcnn", "xia_cnn", "liu_cnn", "drpl", "emfusion"]
    logs = np.log([times[m] / times["maximum"] for m in group])
    expected = np.exp([logs.mean(), *paired_interval(logs)])
    np.testing.assert_allclose(cost_ratio("milliseconds", ["maximum"], group), expected, rtol=1e-9)


def test_few_methods_have_no_interval():
    ratio, low, high = cost_ratio("milliseconds", ["average", "maximum"], ["ifcnn", "xia_cnn", "drpl"])
    assert ratio > 1 and math.isnan(low) and math.isnan(high)


def test_training_costs_are_those_of_the_weights():
    from medfuse_course.methods import inspect, shipped_path

    about = inspect(shipped_path("densefuse")).provenance
    assert cost("seconds a step", "densefuse") * about["steps"] == pytest.approx(about["seconds"])
    assert cost("minutes of training", "densefuse") * 60 == pytest.approx(about["seconds"])
