import numpy as np
import pytest

from medfuse_course.metrics import MetricWarning, evaluate, list_metrics
from tests.metrics.scenes import noisy, sources

QABF = next(m for m in list_metrics() if m.slug == "qabf")


def value(slug, *images, preset="course"):
    return evaluate(*images, slug, preset)[slug]


def test_a_copy_keeps_the_most_that_the_sigmoids_allow():
    a, _ = sources()
    best = 0.9994 / (1 + np.exp(-7.5)) * 0.9879 / (1 + np.exp(-4.4))
    assert QABF.range[1] == pytest.approx(best)
    assert value("qabf", a, a, a) == pytest.approx(best)


def test_in_the_evaluators_a_copy_scores_more_on_a_brighter_scale():
    # There the strength itself stands for the ratio of equal strengths: the sigmoid saturates.
    a, _ = sources()
    assert value("qabf", a, a, a, preset="cddfuse") == pytest.approx(0.9994 * 0.9879 / (1 + np.exp(-4.4)), rel=1e-4)


def test_a_turned_edge_is_lost():
    upright = np.zeros((16, 16), np.float32)
    upright[:, 8:] = 1
    assert value("qabf", np.ascontiguousarray(upright.T), upright, upright) < 0.01


def test_weights_are_the_edge_strengths_of_the_sources():
    # f keeps the edge of a, three times as strong as that of b far away, and has nothing there: 3/4 of the best.
    a, b = np.zeros((16, 16), np.float32), np.zeros((16, 16), np.float32)
    a[:, :4], b[:, 12:] = 0.9, 0.3
    assert value("qabf", a, a, b) == pytest.approx(0.75 * QABF.range[1], rel=1e-3)


@pytest.mark.parametrize("slug", ["qabf", "nabf"])
def test_a_mirror_changes_nothing(slug):
    images = [*sources()]
    images.insert(0, noisy(sum(images) / 2, 0.05))
    mirrored = [np.ascontiguousarray(image[:, ::-1]) for image in images]
    assert value(slug, *mirrored) == pytest.approx(value(slug, *images), rel=1e-9)


def test_a_mirror_changes_what_the_evaluators_print():
    a, b = sources()
    mirrored = [np.ascontiguousarray(image[:, ::-1]) for image in (np.maximum(a, b), a, b)]
    first, second = value("qabf", np.maximum(a, b), a, b, preset="cddfuse"), value("qabf", *mirrored, preset="cddfuse")
    assert abs(first - second) > 1e-5


def test_a_bright_border_is_no_edge():
    f = np.full((16, 16), 0.9, np.float32)
    a = f.copy()
    a[6:10, 6:10] = 0.1
    assert value("qabf", f, a, a) < 0.01
    assert value("qabf", f, a, a, preset="cddfuse") > 0.5  # black surroundings: the frame counts as kept edges


def test_sources_without_edges_have_no_value():
    flat = np.full((16, 16), 0.5, np.float32)
    a, _ = sources()
    with pytest.warns(MetricWarning, match="qabf is NaN: a and b are both constant"):
        assert np.isnan(value("qabf", flat, flat, flat))
    assert np.isfinite(value("qabf", a, a, np.full_like(a, 0.5)))


def test_averaging_invents_nothing_and_noise_does():
    a, b = sources()
    average = (a + b) / 2
    values = [value("nabf", noisy(average, sigma), a, b) for sigma in (0, 0.02, 0.1)]
    assert values[0] < 1e-4
    assert values[0] < values[1] < values[2]


def test_an_edge_that_no_source_has_is_an_artifact():
    # Sources with one edge at the left; f has a copy of it, and one of its own at the right, where weights are 0.001.
    a = np.zeros((16, 16), np.float32)
    a[:, :4] = 1
    assert value("nabf", a, a, a) == 0
    f = a.copy()
    f[:, 12:] = 1
    strong = (255 * 4 / 8) ** 1.5
    invented, flat, edge = 2 * 16, 12 * 16, 2 * 16  # pixels
    # There the ratio of strengths is 0, and no gradient counts as an orientation across an upright edge.
    kept = np.sqrt(0.9999 / (1 + np.exp(9.5)) * 0.9995 / (1 + np.exp(11)))
    expected = invented * (1 - kept) * 0.001 / ((invented + flat) * 0.001 + edge * strong)
    assert value("nabf", f, a, a) == pytest.approx(expected)


def test_the_linfeng_kit_judges_b_as_a_fusion_of_a_and_f():
    a, b = sources()
    f = (np.rint((a + b) * 127.5) / 255).astype(np.float32)
    assert value("nabf", f, a, b, preset="linfeng") == pytest.approx(value("nabf", b, a, f), rel=1e-6)
