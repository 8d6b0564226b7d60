import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import binary_dilation, gaussian_filter

from medfuse_course.datasets import load_pair
from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics import MetricWarning, evaluate, list_metrics

LESIONS = np.zeros((24, 24), bool)
LESIONS[10:14, 10:14] = True


def truth(lesions=LESIONS):
    return Truth(labels=lesions.astype(np.uint8), label_names={0: "brain", 1: "lesion"}, lesions=lesions)


def scene(lesion, brain):
    return np.where(LESIONS, lesion, brain).astype(np.float32)


def test_background_lift_is_the_mean_of_f_where_both_sources_are_black():
    a, b, f = (np.zeros((2, 2), np.float32) for _ in range(3))
    a[0, 0], b[0, 1] = 0.5, 0.5
    f[:] = [[0.9, 0.9], [0.1, 0.3]]
    assert evaluate(f, a, b, "background_lift")["background_lift"] == pytest.approx(0.2)


def test_noise_in_the_air_is_background_and_only_what_rises_above_it_is_lift():
    rng = np.random.default_rng(0)
    a = (0.02 * rng.random((40, 40))).astype(np.float32)
    b = np.zeros_like(a)
    a[:20] = b[:20] = 0.6
    lift = lambda f: evaluate(f, a, b, "background_lift")["background_lift"]  # noqa: E731
    assert lift(np.maximum(a, b)) == lift((a + b) / 2) == 0
    assert lift(np.maximum(a, b) + np.float32(0.1)) == pytest.approx(0.1, rel=1e-5)


def test_without_background_there_is_no_lift():
    a = np.full((2, 2), 0.1, np.float32)
    with pytest.warns(MetricWarning, match="background_lift is NaN: no pixel is black in both"):
        assert np.isnan(evaluate(a, a, a, "background_lift")["background_lift"])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (scene(0.8, 0.4), 1.0),  # all the contrast of b
        (scene(0.6, 0.4), 0.5),  # the average of a and b: half
        (scene(0.4, 0.4), 0.0),  # the lesion is gone
        (scene(0.2, 0.4), -0.5),  # dark where it should be bright
    ],
)
def test_lesion_contrast_against_the_better_source(f, expected):
    a, b = scene(0.4, 0.4), scene(0.8, 0.4)
    value = evaluate(f, a, b, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(expected, abs=1e-5)


def test_a_dark_lesion_counts_too():
    a, b = scene(0.1, 0.7), scene(0.5, 0.4)
    value = evaluate(scene(0.3, 0.6), a, b, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(0.5, abs=1e-5)


def test_only_the_near_surroundings_count():
    a = scene(0.8, 0.4)
    a[0] = 1  # 10 rows away
    value = evaluate(scene(0.8, 0.4), a, a, "lesion_contrast_recovery", truth=truth())["lesion_contrast_recovery"]
    assert value == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("lesions", "level", "reason"),
    [
        (np.zeros((24, 24), bool), 0.8, "lesions is empty"),
        (np.ones((24, 24), bool), 0.8, "lesions fill the image"),
        (LESIONS, 0.4, "cannot be told from their surroundings"),
    ],
)
def test_where_there_is_no_contrast_there_is_no_value(lesions, level, reason):
    a = scene(level, 0.4)
    with pytest.warns(MetricWarning, match=f"lesion_contrast_recovery is NaN: .*{reason}"):
        values = evaluate(a, a, a, "lesion_contrast_recovery", truth=truth(lesions))
    assert np.isnan(values["lesion_contrast_recovery"])


def test_a_metric_of_truth_asks_for_it():
    a = scene(0.8, 0.4)
    with pytest.raises(ValueError, match=r"^truth: 'lesion_contrast_recovery' measures against the truth; pass truth="):
        evaluate(a, a, a, "lesion_contrast_recovery")
    with pytest.raises(TypeError, match=r"^truth: expected a datasets\.pair\.Truth, got dict"):
        evaluate(a, a, a, truth={})
    with pytest.raises(ValueError, match=r"^truth: expected the grid of f, \(12, 24\)"):
        evaluate(a[:12], a[:12], a[:12], truth=truth())


def test_given_a_truth_all_metrics_are_the_default():
    a, b = scene(0.4, 0.4), scene(0.8, 0.4)
    with pytest.warns(MetricWarning):
        assert "lesion_contrast_recovery" in evaluate(b, a, b, truth=truth())
    with pytest.warns(MetricWarning):
        assert "lesion_contrast_recovery" not in evaluate(b, a, b)


def two_lesions():
    """One bright lesion that a shows, one dark lesion that b shows, far from each other."""
    lesions = np.zeros((40, 40), bool)
    lesions[8:12, 8:12] = lesions[28:32, 28:32] = True
    a, b = np.full((40, 40), 0.4, np.float32), np.full((40, 40), 0.6, np.float32)
    a[8:12, 8:12], b[28:32, 28:32] = 0.8, 0.2
    return a, b, lesions


def test_bone_beside_a_lesion_is_no_surroundings():
    # The ring is half brain, half bone that only b shows: against both, f with all contrast would have less than none.
    bone = np.zeros((24, 24), bool)
    bone[:, 14:] = True
    labels = np.where(bone, 2, 1).astype(np.uint8)
    known = Truth(labels, {1: "brain", 2: "bone"}, LESIONS, host=(1,))
    a, b = scene(0.6, 0.4), np.where(bone, np.float32(1), np.float32(0.4))
    f = np.maximum(a, b)
    value = lambda f, known: evaluate(f, a, b, "lesion_contrast_recovery", truth=known)["lesion_contrast_recovery"]  # noqa: E731
    assert value(f, known) == pytest.approx(1, abs=1e-5)
    assert value((a + b) / 2, known) == pytest.approx(0.5, abs=1e-5)
    assert value(f, replace(known, host=())) < 0.5


@pytest.mark.parametrize(("name", "seed"), [("head/mri-ct", 0), ("thorax/ct-pet", 3)])
def test_lesions_of_a_phantom_are_compared_with_their_own_tissue_alone(name, seed):
    pair = load_pair(name, seed=seed, lesions=2)
    beside = ~np.isin(pair.truth.labels, pair.truth.host) & ~pair.truth.lesions
    spoiled = np.where(beside, 1 - pair.a, pair.a)
    value = lambda f: evaluate(f, pair.a, pair.b, "lesion_contrast_recovery", truth=pair.truth)  # noqa: E731
    assert value(spoiled) == value(pair.a)
    assert beside[binary_dilation(pair.truth.lesions, iterations=5)].any()


def test_each_lesion_is_judged_by_itself():
    a, b, lesions = two_lesions()
    value = lambda f: evaluate(f, a, b, "lesion_contrast_recovery", truth=truth(lesions))["lesion_contrast_recovery"]  # noqa: E731
    assert value((a + b) / 2) == pytest.approx(0.5, abs=1e-5)
    assert value(a) == pytest.approx(0.5, abs=1e-5)  # all of the first, nothing of the second
    assert value(a + b - np.float32(0.5)) == pytest.approx(1, abs=1e-5)


def test_a_lesion_that_no_source_shows_is_left_out():
    a, _, lesions = two_lesions()
    a[28:32, 28:32] += np.float32(0.5 / 255)  # half a gray level
    f = a.copy()
    f[28:32, 28:32] = 0.7
    value = evaluate(f, a, a, "lesion_contrast_recovery", truth=truth(lesions))["lesion_contrast_recovery"]
    assert value == pytest.approx(1, abs=1e-5)


def test_a_lesion_nearby_is_no_surroundings():
    a, _, lesions = two_lesions()
    lesions[8:12, 14:18] = True
    a[8:12, 14:18] = 1.0
    f = a.copy()
    f[8:12, 14:18] = 0.7  # half the contrast of the second
    value = evaluate(f, a, a, "lesion_contrast_recovery", truth=truth(lesions))["lesion_contrast_recovery"]
    assert value == pytest.approx((1 + 0.5) / 2, abs=1e-5)


def cnr(f, lesions=LESIONS, labels=None):
    known = Truth(labels=lesions.astype(np.uint8) if labels is None else labels, label_names={}, lesions=lesions)
    return evaluate(f, f, f, "contrast_to_noise_ratio", truth=known)["contrast_to_noise_ratio"]


def test_contrast_to_noise_by_hand():
    # A chessboard of 0.4 +- 0.1 around a lesion of 0.9. The diamond-shaped ring has 120 pixels, 60 of each color.
    board = np.float32(0.1) * (2 * (np.indices((24, 24)).sum(axis=0) % 2) - 1)
    f = np.where(LESIONS, np.float32(0.9), np.float32(0.4) + board).astype(np.float32)
    assert cnr(f) == pytest.approx(0.5 / (0.1 * np.sqrt(120 / 119)), rel=1e-5)
    assert cnr(np.float32(1) - f) == pytest.approx(cnr(f), rel=1e-5)
    assert cnr(f / 2) == pytest.approx(cnr(f), rel=1e-5)  # contrast and noise fall together


def test_a_border_between_tissues_is_no_noise():
    rng = np.random.default_rng(0)
    f = np.where(LESIONS, 0.8, 0.4 + 0.02 * rng.standard_normal((24, 24))).astype(np.float32)
    step = np.where(np.arange(24) >= 12, np.float32(0.1), np.float32(-0.1))
    halves = np.tile(1 + (np.arange(24) >= 12), (24, 1)).astype(np.uint8)
    assert cnr(f) == pytest.approx(0.4 / 0.02, rel=0.1)
    assert cnr(f + np.where(LESIONS, np.float32(0), step)) < 4.5
    assert cnr(f + np.where(LESIONS, np.float32(0), step), labels=halves) == pytest.approx(cnr(f), rel=0.05)


def test_without_noise_any_contrast_is_infinite_and_none_has_no_value():
    assert cnr(scene(0.8, 0.4)) == np.inf
    with pytest.warns(MetricWarning, match="neither contrast nor noise"):
        assert np.isnan(cnr(scene(0.4, 0.4)))


TISSUES = np.repeat(np.arange(3, dtype=np.uint8), 8)[:, np.newaxis].repeat(24, axis=1)  # air, two tissues


def fidelity(f, a, b, labels=TISSUES):
    known = Truth(labels=labels, label_names={}, lesions=np.zeros(labels.shape, bool))
    return evaluate(f, a, b, "structure_fidelity", truth=known)["structure_fidelity"]


def textures():
    """Two unrelated textures with each tissue's mean taken off, so that they are exactly uncorrelated."""
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((2, 24, 24))
    for number in range(3):
        inside = number == TISSUES
        p[inside] = (p[inside] - p[inside].mean()) / p[inside].std()
        q[inside] -= q[inside].mean() + (p[inside] * q[inside]).mean() * p[inside]
        q[inside] /= q[inside].std()
    return p * 0.04, q * 0.04


def test_structure_kept_in_one_tissue_and_lost_in_the_other():
    p, _ = textures()
    a = (0.5 + p).astype(np.float32)
    flat = np.full_like(a, 0.5)
    assert fidelity(a, a, flat) == pytest.approx(1, abs=1e-6)
    assert fidelity(np.where(TISSUES == 1, a, flat), a, flat) == pytest.approx(0.5, abs=1e-6)
    assert fidelity(np.where(TISSUES == 1, a, 1 - a), a, flat) == pytest.approx(0, abs=1e-6)
    assert fidelity(flat, a, flat) == 0


def test_two_sources_share_by_what_they_show():
    # a with texture 3 p and b with q: f = a keeps 3 parts of 4; their sum has r = 3 / sqrt(10) and 1 / sqrt(10).
    p, q = textures()
    a, b = (0.5 + 3 * p).astype(np.float32), (0.5 + q).astype(np.float32)
    assert fidelity(a, a, b) == pytest.approx(3 / 4, abs=1e-5)
    assert fidelity((a + b) / 2, a, b) == pytest.approx((3 * 3 + 1 * 1) / np.sqrt(10) / 4, abs=1e-5)


def test_levels_of_the_tissues_and_the_air_do_not_count():
    p, _ = textures()
    a = (0.5 + p).astype(np.float32)
    lifted = (a * np.float32(0.4) + np.float32(0.15) * TISSUES).astype(np.float32)
    assert fidelity(lifted, a, a) == pytest.approx(1, abs=1e-6)
    assert fidelity(np.where(TISSUES == 0, 1 - a, a), a, a) == pytest.approx(1, abs=1e-6)


def test_without_visible_structure_there_is_no_fidelity():
    p, _ = textures()
    faint = (0.5 + p / 100).astype(np.float32)
    for labels, a in ((TISSUES, faint), (TISSUES * 0, (0.5 + p).astype(np.float32))):
        with pytest.warns(MetricWarning, match="structure_fidelity is NaN: no label but 0 has 25 pixels"):
            assert np.isnan(fidelity(a, a, a, labels))


def test_the_head_phantom_tells_a_fusion_from_its_damaged_copy():
    pair = load_pair("head/mri-pet", lesions=2, seed=1)
    f = (pair.a + pair.b) / 2
    blurred = gaussian_filter(f, 3)
    slugs = ["lesion_contrast_recovery", "structure_fidelity", "missed_edges"]
    sharp, soft = (evaluate(x, pair.a, pair.b, slugs, truth=pair.truth) for x in (f, blurred))
    assert sharp["lesion_contrast_recovery"] > soft["lesion_contrast_recovery"]
    assert sharp["structure_fidelity"] > soft["structure_fidelity"]
    assert sharp["missed_edges"] < soft["missed_edges"]


@given(
    images=hnp.arrays(np.float32, (3, 7, 6), elements=st.sampled_from([0.0, 0.2, 0.5, 1.0])),
    labels=hnp.arrays(np.uint8, (7, 6), elements=st.integers(0, 2)),
    lesions=hnp.arrays(np.bool_, (7, 6)),
    side=st.integers(1, 6),
)
def test_any_scene_however_small_gives_values_in_range_or_nan_with_its_reason(images, labels, lesions, side):
    metrics = [m for m in list_metrics() if m.needs_truth or m.needs_color]
    f, a, b = images[:, :side, :side]
    known = Truth(labels=labels[:side, :side], label_names={}, lesions=lesions[:side, :side])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = evaluate(f, a, np.stack([b, b, f], axis=-1), [m.slug for m in metrics], truth=known)
    assert {str(w.message).split()[0] for w in caught} == {slug for slug, value in values.items() if np.isnan(value)}
    for metric in metrics:
        low, high = metric.range
        assert np.isnan(values[metric.slug]) or low - 1e-9 <= values[metric.slug] <= high + 1e-9, metric.slug
