"""What every transform returns: the bands of one image."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray


@dataclass(frozen=True, eq=False)
class Bands:
    """The bands of one image.

    A transform that needs more for its inverse (the size of the image, the name of a wavelet) adds it as a field
    of a subclass, so that ``synthesise(bands)`` needs nothing else, and ``dataclasses.replace(bands, details=...)`` is
    all that fusion does.

    Attributes
    ----------
    details
        One array a level, finest first: ``(h, w)``, or ``(directions, h, w)`` where the transform tells directions
        apart. Values may be negative, or complex.
    base
        The low-pass band that is left, ``(h, w)``.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import numpy as np
    >>> from medfuse_course.transforms import pyramid
    >>> bands = pyramid.analyse(np.eye(16), levels=3)
    >>> bands.levels, [detail.shape for detail in bands.details], bands.base.shape
    (3, [(16, 16), (8, 8), (4, 4)], (2, 2))
    >>> smooth = replace(bands, details=tuple(0 * detail for detail in bands.details))
    >>> [round(float(np.ptp(pyramid.synthesise(some))), 2) for some in (bands, smooth)]  # the base hardly shows it
    [1.0, 0.02]
    """

    details: tuple[NDArray[Any], ...]
    base: FloatArray

    @property
    def levels(self) -> int:
        """Number of detail levels."""
        return len(self.details)
