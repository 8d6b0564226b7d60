"""What the exercises on modalities call right is what the library computes, and the phantom shows it."""

import nibabel
import numpy as np
import pytest

from medfuse_course.datasets import load_pair, parse_window
from medfuse_course.datasets.head.tissues import LABELS, TISSUES
from medfuse_course.exercises import get_exercise
from medfuse_course.exercises.chapters import writing
from medfuse_course.physics import spin_echo_signal

TIMES = {"a": (500, 15), "b": (4500, 15), "c": (4500, 100), "d": (500, 100)}


def seen_contrast(pair):
    """Gray over white matter; fluid is clipped by the window."""
    gray, white = (np.median(pair.a[pair.truth.labels == LABELS[name]]) for name in ("gray matter", "white matter"))
    return gray / white


def computed_contrast(tr, te):
    gray, white = (TISSUES[LABELS[name]] for name in ("gray matter", "white matter"))
    signals = [spin_echo_signal(t.density, t.t1_ms, t.t2_ms, tr_ms=tr, te_ms=te) for t in (gray, white)]
    return signals[0] / signals[1]


def test_the_times_of_the_unknown_image_are_the_right_choice_and_clearly_so():
    seen = seen_contrast(load_pair("head/mri-ct", contrast="t2", seed=3))
    error = {option: abs(computed_contrast(*times) - seen) for option, times in TIMES.items()}
    right = get_exercise("physics.mr_signal.weighting").reference
    assert all(error[option] > 5 * error[right] for option in TIMES if option != right)


@pytest.mark.parametrize("option", TIMES)
def test_the_options_name_their_times(option):
    text = writing("physics.mr_signal.weighting").choices[option]
    assert all(f"{time} ms" in text for time in TIMES[option])


def test_gray_by_hand_is_what_the_window_gives():
    exercise = get_exercise("datasets.intensity.gray")
    wrong = {w.name: w.answer for w in exercise.wrong}
    fat = np.float32([-100])
    assert parse_window("hu:40,400").apply(fat) == pytest.approx(exercise.reference)
    assert parse_window("range:-160,400").apply(fat) == pytest.approx(wrong["width_as_upper_end"])
    assert parse_window("range:40,440").apply(fat) == pytest.approx(wrong["level_as_lower_end"])
    assert parse_window("hu:40,800").apply(fat) == pytest.approx(wrong["full_width_to_each_side"])
    assert parse_window("hu:40,400").apply(fat + 1000) == pytest.approx(wrong["water_is_1000"])


def test_uptake_is_concentration_over_dose_per_gram():
    exercise = get_exercise("physics.pet.uptake")
    becquerel_per_ml, becquerel, grams = 30e3, 400e6, 80e3
    assert becquerel_per_ml / (becquerel / grams) == pytest.approx(exercise.reference)


def test_voxel_to_mm_agrees_with_nibabel():
    turned = np.array([[0, -1.5, 0.2, 90], [2.0, 0.1, 0, -126], [0, 0, 3.0, -72], [0, 0, 0, 1]])
    voxels = np.array([[0.0, 0, 0], [4, 5, 6], [100, 3, 0.5]])
    mine = get_exercise("datasets.nifti.voxel_to_mm").solution()(voxels, turned)
    np.testing.assert_allclose(mine, nibabel.affines.apply_affine(turned, voxels))
