"""Fusion in the stationary wavelet transform.

Reference: O. Rockinger, "Image sequence fusion using a shift-invariant wavelet transform", International Conference on
Image Processing, volume 3, 288-291, 1997. Three directions a level, and the way back of `transforms.swt`, which is that
of PyWavelets, are our reading.
"""

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.transforms import swt as transform


def swt(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    wavelet: str = "db1",
    rule: str = "choose_max",
    base_rule: str = "average",
) -> FloatArray:
    """Split both images into full-size wavelet bands, fuse band by band, and put the result together.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of detail levels; at most the number of halvings that the shorter side allows.
    wavelet
        A name in `transforms.filter_banks.WAVELETS`; ``"db1"`` is Haar.
    rule, base_rule
        How two detail bands, and the two bases, become one: names in `medfuse_course.methods.rules.RULES`.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    of_a, of_b = (transform.analyse(x, levels, wavelet=wavelet) for x in (a, b))
    return transform.synthesise(fuse_bands(of_a, of_b, rule, base_rule))
