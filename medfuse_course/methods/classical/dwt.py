"""Fusion in the discrete wavelet transform.

Reference: H. Li, B. S. Manjunath and S. K. Mitra, "Multisensor image fusion using the wavelet transform", Graphical
Models and Image Processing 57(3), 235-245, 1995. With ``rule="choose_max_consistent"`` these are the settings of the
widely used MATLAB toolbox of Y. Liu, S. Liu and Z. Wang, Information Fusion 24, 147-164, 2015: Haar, 4 levels, the
largest magnitude in a 3 x 3 window with a vote, the base averaged.
"""

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.transforms import dwt as transform


def dwt(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    wavelet: str = "db1",
    rule: str = "choose_max",
    base_rule: str = "average",
) -> FloatArray:
    """Split both images into wavelet bands, fuse band by band, and put the result together.

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
