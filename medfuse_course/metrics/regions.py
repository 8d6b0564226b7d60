"""What a reader of PET writes down of an organ: the mean uptake and its standard deviation in a region."""

from collections.abc import Mapping
from typing import NamedTuple

from medfuse_course.core.types import BoolArray, FloatArray


class RegionStatistics(NamedTuple):
    """Of one region, in the unit of the image."""

    mean: float
    sd: float

    @property
    def snr(self) -> float:
        """The mean over the standard deviation, as nuclear medicine calls the signal-to-noise ratio of the liver."""
        return self.mean / self.sd if self.sd > 0 else float("inf")


def region_statistics(image: FloatArray, regions: Mapping[str, BoolArray]) -> dict[str, RegionStatistics]:
    """Mean and standard deviation of each region; the latter holds the noise, and what varies in truth.

    Parameters
    ----------
    image
        ``(H, W)``, such as SUV.
    regions
        Masks on its grid by name, such as `datasets.organ_regions` finds.

    Returns
    -------
    By name, in the order given. The standard deviation is that of the pixels, ``sqrt(mean((x - mean(x))^2))``.

    Raises
    ------
    ValueError
        A region is empty, or lies on another grid.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import region_statistics
    >>> suv = np.array([[1.0, 3.0], [2.0, 2.0]])
    >>> region_statistics(suv, {"top": np.array([[True, True], [False, False]])})["top"]
    RegionStatistics(mean=2.0, sd=1.0)
    """
    found = {}
    for name, region in regions.items():
        if region.shape != image.shape:
            raise ValueError(f"regions: expected {name!r} on the grid of image, {image.shape}, got {region.shape}")
        if not region.any():
            raise ValueError(f"regions: expected pixels in {name!r}, got none; leave it out")
        found[name] = RegionStatistics(float(image[region].mean()), float(image[region].std()))
    return found
