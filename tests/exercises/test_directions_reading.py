"""The right choice about a vessel is true of the phantom, and the wrong ones are false."""

import numpy as np
import pytest

from medfuse_course.datasets import load_pair
from medfuse_course.exercises import get_exercise
from medfuse_course.exercises.chapters import writing
from medfuse_course.transforms import nsct


@pytest.mark.parametrize("level", [1, 2])
def test_the_vessel_stands_out_in_one_band(level):
    lung = load_pair("thorax/ct-pet", seed=3).a
    band = nsct.analyse(lung, 3, (8, 8, 8)).details[level][:, 77:103, 138:164]
    energy = (band**2).sum(axis=(1, 2))
    exercise = get_exercise("transforms.nsct.vessel")
    strongest = f"{nsct.orientations(8)[int(np.argmax(energy))]:.0f}\u00b0"
    assert strongest == writing(exercise.name).choices[exercise.reference]
    assert energy.max() > 1.4 * np.sort(energy)[-2]


def test_the_bands_take_what_the_exercise_says():
    bands = nsct.analyse(np.zeros((64, 64), np.float32), 3, (8, 8, 8))
    small = sum(array.nbytes for array in (*bands.details, bands.base))
    assert get_exercise("transforms.nsct.memory").reference == pytest.approx(small * 64 / 1e6)
