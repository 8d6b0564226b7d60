"""Scenes with a known mask, and how well it is found."""

import numpy as np

from medfuse_course.datasets import load_pair
from medfuse_course.training.data.focus_masks import (
    defocus_by_disk,
    random_mask,
    split_apart,
    split_focus,
    spread_focus,
)
from medfuse_course.training.data.focus_patches import defocus


def a_scene(edge, *, lens="gaussian", strength=2.5, seed=3, name="head/mri-ct", source="a"):
    """A phantom of a small seed as `FocusMasks` splits it: sharp, mask, a, b, and where the difference can be seen."""
    sharp = np.asarray(getattr(load_pair(name, seed=seed, lesions=2), source))
    mask = random_mask(np.random.default_rng(seed + 5), sharp.shape)

    def blur(x):
        return defocus(x, strength) if lens == "gaussian" else defocus_by_disk(x, strength)

    if edge == "hard":
        a, b = split_focus(sharp, blur(sharp), mask)
    else:
        a, b = (split_apart if edge == "apart" else spread_focus)(sharp, mask, blur)
    a, b = (np.ascontiguousarray(x, np.float32) for x in (a, b))
    return sharp, mask, a, b, (np.abs(a - b) > 2 / 255) & (sharp > 0.1)


def overlap(found, mask, where):
    """Intersection over union of two masks within a third."""
    return (found & mask & where).sum() / ((found | mask) & where).sum()
