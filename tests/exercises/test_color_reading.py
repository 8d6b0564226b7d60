"""What the exercises on baselines and color call right is what the library computes, and the phantom shows it."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from medfuse_course.color import apply_table, luma, rgb_to_lab
from medfuse_course.datasets import load_pair
from medfuse_course.exercises import get_exercise
from medfuse_course.methods import fuse

STEPS = np.linspace(0, 1, 101, dtype=np.float32)


def lesion_uptake(image, pair, table, channels):
    """Mean value read in the lesions: nearest color of the bar over the given channels of Lab."""
    bar = rgb_to_lab(apply_table(STEPS[None], table))[0]
    seen = rgb_to_lab(image)[pair.truth.lesions]
    read = get_exercise("color.pseudocolor.read_values").solution()
    return read(seen[:, channels], bar[:, channels], STEPS).mean()


def test_only_the_right_choice_gives_the_uptake_back():
    pair = load_pair("head/mri-pet", seed=3, lesions=2, lesion_size=24)
    hot, rainbow, viridis = (apply_table(pair.b, table) for table in ("hot", "rainbow", "viridis"))
    color, chroma = slice(0, 3), slice(1, 3)
    found = {
        "a": lesion_uptake(fuse(pair.a, hot, "ihs"), pair, "hot", color),
        "b": lesion_uptake(fuse(pair.a, hot, "brovey"), pair, "hot", color),
        "c": lesion_uptake(fuse(pair.a, rainbow, "average", weight=1.0, color="lab"), pair, "rainbow", chroma),
        "d": lesion_uptake(fuse(pair.a, viridis, "average", weight=1.0, color="lab"), pair, "viridis", chroma),
    }
    said = pair.b[pair.truth.lesions].mean()
    right = get_exercise("color.pseudocolor.readable").reference
    assert found[right] == pytest.approx(said, rel=0.05)
    assert all(value < 0.65 * said for option, value in found.items() if option != right)


def test_values_are_those_of_the_nearest_neighbor():
    rng = np.random.default_rng(0)
    colors, bar, values = rng.random((200, 3)), rng.random((17, 3)), rng.random(17)
    read = get_exercise("color.pseudocolor.read_values").solution()
    np.testing.assert_array_equal(read(colors, bar, values), values[cKDTree(bar).query(colors)[1]])


def test_the_weight_by_hand_is_the_eigenvector_scaled_to_sum_1():
    exercise = get_exercise("methods.classical.pca.weight")
    leading = np.abs(np.linalg.eigh([[0.05, 0.02], [0.02, 0.02]])[1][:, -1])
    wrong = {w.name: w.answer for w in exercise.wrong}
    assert leading[0] / leading.sum() == pytest.approx(exercise.reference)
    assert leading[0] == pytest.approx(wrong["unit_length"])
    assert leading[0] ** 2 == pytest.approx(wrong["squared_components"])


def test_the_exercise_is_the_librarys_fast_ihs_and_its_neighbors_are_what_they_are_called():
    rng = np.random.default_rng(1)
    rgb = rng.uniform(0.4, 0.6, (16, 16, 3)).astype(np.float32)
    gray = rng.uniform(0.35, 0.65, (16, 16)).astype(np.float32)
    exercise = get_exercise("methods.classical.ihs.substitute")
    wrong = {w.name: w.answer for w in exercise.wrong}
    np.testing.assert_allclose(exercise.solution()(rgb, gray), fuse(gray, rgb, "ihs"), atol=1e-6)
    np.testing.assert_allclose(wrong["scaled"](rgb, gray).clip(0, 1), fuse(gray, rgb, "brovey"), atol=1e-6)
    np.testing.assert_allclose(luma(wrong["luma_for_intensity"](rgb, gray).astype(np.float32)), gray, atol=1e-6)
