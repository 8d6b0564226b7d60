"""Make the images of one center look like those of another, by what both show on average: a sceptic's style transfer.

Neither map knows which image belongs to which. `match_histogram` needs the values of two collections, `match_spectrum`
their mean power at each frequency: how sharp they are, and how their noise and streaks look.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image

Change = Callable[[FloatArray], Image]
Images = Sequence[FloatArray] | FloatArray


def match_histogram(source: Images, target: Images, *, most: float = 0.999, ranks: int = 512) -> Change:
    """From values of one collection to those of the same rank in another.

    Parameters
    ----------
    source, target
        Images of any size in [0, 1], not the same patients.
    most
        Quantile above which values are moved in proportion instead: a few pixels of a few patients have no rank to
        speak of.
    ranks
        How many are looked up; between them values are interpolated.

    Returns
    -------
    A function of an image of the source: monotonic, in [0, 1], float32.

    Raises
    ------
    ValueError
        A collection is empty, `most` lies outside (0, 1], or there are fewer than two ranks.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import match_histogram
    >>> bright = [np.linspace(0, 1, 101)]
    >>> dark = [0.5 * image for image in bright]
    >>> change = match_histogram(dark, bright)
    >>> change(np.array([0.0, 0.125, 0.25])).astype(float).round(3).tolist()
    [0.0, 0.25, 0.5]
    """
    if ranks < 2:
        raise ValueError(f"ranks: expected at least 2, got {ranks}")
    if not 0 < most <= 1:
        raise ValueError(f"most: expected a quantile in (0, 1], got {most}")
    places = np.linspace(0, most, ranks)
    have, want = (
        np.quantile(_values(images, name), places) for name, images in (("source", source), ("target", target))
    )
    have, first = np.unique(have, return_index=True)
    want = want[np.append(first[1:], ranks) - 1]  # where many pixels are alike, the last of their ranks
    slope = want[-1] / have[-1] if have[-1] > 0 else 1.0

    def change(image: FloatArray) -> Image:
        values = np.asarray(image, np.float64)
        moved = np.where(values > have[-1], values * slope, np.interp(values, have, want))
        return np.clip(moved, 0, 1).astype(np.float32)

    return change


def match_spectrum(source: Images, target: Images, *, most: float = 4.0, smooth: float = 1.0) -> Change:
    """Give each frequency the mean amplitude that it has in another collection.

    The image is filtered with ``H = sqrt(P_target / P_source)``, where P is the mean power of the discrete Fourier
    transform over a collection. A blurred source is sharpened where it still says something, a noisy one is smoothed,
    streaks along the rows are damped.

    Parameters
    ----------
    source, target
        Images of one size, in [0, 1].
    most
        The largest gain of a frequency.
    smooth
        Standard deviation, in frequencies, of the Gaussian that smooths the power: with few images it is rough.

    Returns
    -------
    A function of an image of that size: in [0, 1], float32; its mean is kept before it is clipped.

    Raises
    ------
    ValueError
        A collection is empty, sizes differ, or `most` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import match_spectrum
    >>> y, x = np.mgrid[:32, :32]
    >>> sharp = [0.5 + 0.2 * np.cos(2 * np.pi * x / 8)]
    >>> flat = [0.5 + 0.1 * np.cos(2 * np.pi * x / 8)]
    >>> change = match_spectrum(flat, sharp, smooth=0)
    >>> bool(np.allclose(change(flat[0]), sharp[0], atol=1e-6))
    True
    """
    if not most >= 1:
        raise ValueError(f"most: expected a gain of at least 1, got {most}")
    powers = [_power(images, name, smooth) for name, images in (("source", source), ("target", target))]
    if powers[0].shape != powers[1].shape:
        raise ValueError(f"target: expected images of {powers[0].shape} as source has them, got {powers[1].shape}")
    gain = np.minimum(np.sqrt(powers[1] / powers[0]), most)
    gain[0, 0] = 1

    def change(image: FloatArray) -> Image:
        if np.shape(image) != gain.shape:
            raise ValueError(f"image: expected {gain.shape} as the collections have it, got {np.shape(image)}")
        filtered = np.fft.ifft2(np.fft.fft2(np.asarray(image, np.float64)) * gain).real
        return np.clip(filtered, 0, 1).astype(np.float32)

    return change


def _values(images: Images, name: str) -> FloatArray:
    if not len(images):
        raise ValueError(f"{name}: expected at least one image, got none")
    return np.concatenate([np.asarray(image, np.float64).ravel() for image in images])


def _power(images: Images, name: str, smooth: float) -> FloatArray:
    if not len(images):
        raise ValueError(f"{name}: expected at least one image, got none")
    if len({np.shape(image) for image in images}) != 1:
        raise ValueError(f"{name}: expected images of one size, got {sorted({np.shape(image) for image in images})}")
    power = np.mean([np.abs(np.fft.fft2(np.asarray(image, np.float64))) ** 2 for image in images], axis=0)
    mean = power[0, 0]
    power[0, 0] = power.flat[1]  # the mean is so large that it would leak into its neighbors
    smoothed = ndimage.gaussian_filter(power, smooth, mode="wrap") if smooth > 0 else power
    smoothed[0, 0] = mean
    return np.maximum(smoothed, 1e-12)
