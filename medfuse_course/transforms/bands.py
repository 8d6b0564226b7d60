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
    """

    details: tuple[NDArray[Any], ...]
    base: FloatArray

    @property
    def levels(self) -> int:
        """Number of detail levels."""
        return len(self.details)
