"""Measures beside the metrics."""

import numpy as np
import pytest

from medfuse_course.benchmark import without_air
from medfuse_course.datasets import load_pair
from medfuse_course.metrics import evaluate

PAIR = load_pair("head/mri-ct", seed=3)
MEAN, MAXIMUM = (PAIR.a + PAIR.b) / 2, np.maximum(PAIR.a, PAIR.b)


def test_what_happens_in_the_air_does_not_count():
    glowing = np.where(PAIR.truth.labels == 0, np.float32(0.3), MEAN)
    measure = without_air("ssim")
    assert measure(glowing, PAIR) == measure(MEAN, PAIR)
    assert measure(MAXIMUM, PAIR) == evaluate(MAXIMUM, PAIR.a, PAIR.b, "ssim")["ssim"]
    assert measure(MEAN, PAIR) != measure(MAXIMUM, PAIR), "what happens in the head does"


def test_a_pair_without_truth_is_refused(aanlib_folder):
    real = load_pair("aanlib/mri-ct", case=34, slice=10, split="val")
    with pytest.raises(ValueError, match="expected a phantom, which knows where its air is"):
        without_air("ssim")(real.a, real)
