"""Fusion in the dual-tree complex wavelet transform.

References: I. W. Selesnick, R. G. Baraniuk and N. G. Kingsbury, "The dual-tree complex wavelet transform", IEEE Signal
Processing Magazine 22(6), 123-151, 2005. With ``rule="choose_max_consistent"`` these are the settings of the widely
used MATLAB toolbox of Y. Liu, S. Liu and Z. Wang, Information Fusion 24, 147-164, 2015: 4 levels, the filters
``legall`` and ``qshift_06``, magnitudes compared, complex coefficients moved whole, the base averaged.
"""

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.multiscale import fuse_bands
from medfuse_course.transforms import dtcwt as transform


def dtcwt(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    biort: str = "legall",
    qshift: str = "qshift_06",
    rule: str = "choose_max",
    base_rule: str = "average",
) -> FloatArray:
    """Split both images into six complex bands a level, fuse band by band, and put the result together.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels
        Number of detail levels; at most the number of halvings that the shorter side allows.
    biort, qshift
        Filters of level 1 and of the later ones: names in `transforms.dtcwt.FIRST` and `transforms.dtcwt.SHIFTED`.
    rule, base_rule
        How two detail bands, and the two bases, become one: names in `medfuse_course.methods.rules.RULES`.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    of_a, of_b = (transform.analyse(x, levels, biort=biort, qshift=qshift) for x in (a, b))
    return transform.synthesise(fuse_bands(of_a, of_b, rule, base_rule))
