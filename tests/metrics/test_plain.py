"""The library equals the plain definitions."""

import numpy as np
import pytest

from medfuse_course.metrics import evaluate, list_metrics
from tests.metrics import plain
from tests.metrics.scenes import noisy, sources


def test_every_metric_without_truth_has_its_plain_definition():
    assert set(plain.METRICS) == {m.slug for m in list_metrics("course") if not m.needs_truth}


@pytest.mark.parametrize("slug", sorted(set(plain.METRICS) - {"ms_ssim"}))
@pytest.mark.parametrize("rule", ["average", "maximum", "noisy"])
def test_equals_the_plain_definition(slug, rule):
    a, b = (image[:47, 3:61] for image in sources())  # odd and even sides, not contiguous
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
