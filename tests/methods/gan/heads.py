"""Heads that no training saw, and how far a synthesis moves them."""

import numpy as np

from medfuse_course.datasets import load_pair
from medfuse_course.metrics import ray_landmarks

LEVELS = {"surface": 1 / 6, "bone": 0.373}
"""-500 and 120 HU in the window of the synthesis."""


def heads(count=3):
    """MRI, true CT and center of as many phantom heads, in pixels of 1 mm."""
    for k in range(count):
        pair = load_pair("head/mri-ct", seed=20 + k, slice=20 + 8 * k, window_b="hu:500,3000")
        yield pair.a, pair.b, tuple(np.argwhere(pair.truth.labels != 0).mean(axis=0))


def moved(image, truth, center):
    """How far surface and skull lie outside the true ones, in mm, mean over 24 rays each."""
    made, true = (ray_landmarks(x, center, **LEVELS, depth=20) for x in (image, truth))
    return np.nanmean(made - true, axis=1)
