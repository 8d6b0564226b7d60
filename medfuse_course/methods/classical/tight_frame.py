"""Fusion in a tight frame learned from the pair itself.

Reference: J.-F. Cai, H. Ji, Z. Shen and G.-B. Ye, "Data-driven tight frame construction and image denoising", Applied
and Computational Harmonic Analysis 37(1), 89-105, 2014. They construct the frame and remove noise with it. That it
fuses, one set of filters for both images and the rules of the multiscale methods, is our reading.
"""

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.transforms.tight_frame import analyse, learn, synthesise


def tight_frame(
    a: Image,
    b: Image,
    *,
    size: int = 8,
    threshold: float = 0.1,
    iterations: int = 10,
    rule: str = "choose_max_consistent",
    base_rule: str = "average",
) -> FloatArray:
    """Learn filters from both images, fuse the band of each filter, and put the result together.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    size, threshold, iterations
        As in `medfuse_course.transforms.tight_frame.learn`.
    rule, base_rule
        How two bands become one: names in `medfuse_course.methods.rules.RULES`.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    filters = learn((a, b), size=size, threshold=threshold, iterations=iterations)
    return synthesise(fuse_bands(analyse(a, filters), analyse(b, filters), rule, base_rule))
