"""The library equals the plain definitions."""

import numpy as np
import pytest

from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics import evaluate, list_metrics
from tests.metrics import plain, plain_truth, plain_windows
from tests.metrics.scenes import noisy, sources

OF_TRUTH = ("lesion_contrast_recovery", "contrast_to_noise_ratio", "structure_fidelity")


def test_every_metric_has_its_plain_definition():
    assert {*plain.METRICS, *OF_TRUTH, "hue_error"} == {m.slug for m in list_metrics("course")}


@pytest.mark.parametrize("slug", sorted(set(plain.METRICS) - {"ms_ssim"}))
@pytest.mark.parametrize("rule", ["average", "maximum", "noisy"])
def test_equals_the_plain_definition(slug, rule):
    rows, columns = (slice(14, 31), slice(20, 40)) if slug.startswith("fmi") else (slice(47), slice(3, 61))
    a, b = (image[rows, columns] for image in sources())  # odd and even sides, not contiguous
    f = {"average": (a + b) / 2, "maximum": np.maximum(a, b), "noisy": noisy((a + b) / 2, 0.05)}[rule]
    levels = [(image * np.float32(255)).astype(np.float64) for image in (f, a, b)]
    assert evaluate(f, a, b, slug)[slug] == pytest.approx(plain.METRICS[slug](*levels), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_viff_equals_the_plain_definition_where_an_image_is_flat_but_not_black(which):
    # Rounding in the windows leaves variances and covariances near 1e-12 there; they must not choose the source.
    images = [sum(sources(41)) / 2, *sources(41)]
    images[which] = np.full((41, 41), 0.7, np.float32)
    images[which][:5] = 0.2
    levels = [(image * np.float32(255)).astype(np.float64) for image in images]
    assert evaluate(*images, "viff")["viff"] == pytest.approx(plain.viff(*levels), rel=1e-9)


@pytest.mark.parametrize("preset", ["cddfuse", "linfeng"])
def test_qabf_of_the_evaluators_equals_its_plain_form(preset):
    a, b = (image[:47, 3:61] for image in sources())
    a = np.maximum(a, np.float32(17 / 255))  # a frame against the black around
    f = np.maximum(a, b)
    levels = [np.rint(image * 255).astype(np.float64) for image in (f, a, b)]
    expected = plain.qabf_of_the_evaluators(*levels)
    assert evaluate(f, a, b, "qabf", preset)["qabf"] == pytest.approx(expected, rel=1e-9)


def test_ms_ssim_equals_the_plain_definition():
    a, b = (image[:173, :180] for image in sources(184))
    f = noisy((a + b) / 2, 0.05)
    levels = [(image * np.float32(255)).astype(np.float64) for image in (f, a, b)]
    assert evaluate(f, a, b, "ms_ssim")["ms_ssim"] == pytest.approx(plain.ms_ssim(*levels), rel=1e-6)


def test_fmi_of_the_evaluator_equals_its_plain_form():
    a, b = (np.rint(image[14:31, 20:40] * 255) for image in sources())
    f = np.maximum(a, b)
    f[3:8, 5:9], a[3:8, 5:9], b[3:8, 5:9] = 7, 8, 9  # flat windows
    images = [(image / 255).astype(np.float32) for image in (f, a, b)]
    assert evaluate(*images, "fmi", "linfeng")["fmi"] == pytest.approx(plain_windows.fmi_of_the_authors(f, a, b))


@pytest.mark.parametrize("slug", OF_TRUTH)
def test_metrics_of_truth_equal_their_plain_definition(slug):
    a, b = sources(40)
    f = noisy((a + b) / 2, 0.05)
    lesions = np.zeros((40, 40), bool)
    lesions[14:17, 20:24] = lesions[17, 21] = True
    labels = (2 * (a > 0) + (b > 0.3)).astype(np.uint8)
    labels[0, :24] = 4  # too few pixels to count
    labels[30:, :] = 5
    labels[lesions] = 6
    truth = Truth(labels=labels, label_names={}, lesions=lesions)
    levels = [(image * np.float32(255)).astype(np.float64) for image in (f, a, b)]
    assert evaluate(f, a, b, slug, truth=truth)[slug] == pytest.approx(getattr(plain_truth, slug)(*levels, truth))


def test_hue_error_equals_its_plain_definition():
    rng = np.random.default_rng(0)
    f, a, b = (rng.random((12, 13, 3)).astype(np.float32) for _ in range(3))
    f[:3], b[2:5] = f[:3, :, :1], 0.5  # some of it gray
    assert evaluate(f, a, b, "hue_error")["hue_error"] == pytest.approx(plain_truth.hue_error(f, a, b), rel=1e-5)
