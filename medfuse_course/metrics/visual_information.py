"""Visual information fidelity: how many bits about each source survive in the fused image.

Both metrics model a source as a Gaussian scale mixture and the fused image as ``gain * source + noise``, locally, in
four scales; the eye adds noise of its own. VIF divides the surviving information by all there is, source by source;
VIFF chooses one source at each place first.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray
from medfuse_course.metrics.base import Metric, UndefinedError
from medfuse_course.metrics.windows import gaussian_mean, pair_moments

WINDOWS = (17, 9, 5, 3)
EYE_NOISE_VIF = 2.0
EYE_NOISE_VIFF = 0.005 * 255**2
VIFF_WEIGHTS = np.array([1, 0, 0.15, 1]) / 2.15
TINY = 1e-10
MIN_SIDE = 41
"""Four windows and three halvings need this many pixels."""

Maps = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Of the two sources, each ``(2, h, w)``: gain, surviving information, all information."""


def _information(variances: FloatArray, covariances: FloatArray, eye_noise: float) -> Maps:
    source, fused = variances[:2], variances[2]
    flat = source < TINY
    # Where f is flat or runs against the source, nothing survives.
    gain = np.where(flat | (fused < TINY) | (covariances < 0), 0, covariances / (source + TINY))
    noise = np.maximum(fused - gain * covariances, TINY)
    source = np.where(flat, 0, source)
    return gain, np.log10(1 + gain**2 * source / (noise + eye_noise)), np.log10(1 + source / eye_noise)


def _scales(f: FloatArray, a: FloatArray, b: FloatArray, eye_noise: float) -> Iterator[Maps]:
    """The maps of each of the four scales, finest first."""
    images = np.stack([a, b, f])
    for scale, side in enumerate(WINDOWS):
        if scale:
            images = gaussian_mean(images, side, side / 5)[:, ::2, ::2]
        _, variances, covariances = pair_moments(images[0], images[1], images[2], side, side / 5)
        yield _information(variances, covariances, eye_noise)


def _vif_of_sources(f: FloatArray, a: FloatArray, b: FloatArray) -> NDArray[np.float64]:
    """Surviving over all information, of a and of b; NaN for a source that has none."""
    kept, there = np.zeros(2), np.zeros(2)
    for _, kept_map, there_map in _scales(f, a, b, EYE_NOISE_VIF):
        kept += kept_map.sum(axis=(1, 2))
        there += there_map.sum(axis=(1, 2))
    ratios: NDArray[np.float64] = np.divide(kept, there, out=np.full(2, np.nan), where=there > 0)
    return ratios


def _vif_sum(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    for name, source in (("a", a), ("b", b)):
        if np.ptp(source) == 0:
            raise UndefinedError(f"{name} is constant, so there is no information to keep")
    return float(_vif_of_sources(f, a, b).sum())


def _vif(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Mean over sources of ``sum log2(1 + g^2 s^2 / (v + n)) / sum log2(1 + s^2 / n)``, over places and scales.

    s^2 is the local variance of the source, g the gain and v the variance of the noise in f, n = 2 the eye's noise.
    """
    return _vif_sum(f, a, b) / 2


def _vif_cddfuse(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    # That evaluator prints 1 for 0 / 0.
    return float(np.nan_to_num(_vif_of_sources(f, a, b), nan=1.0).sum())


def _viff(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """The two sums of VIF, at each place for the source of the smaller gain; scales weighted by 1, 0, 0.15 and 1."""
    ratios = []
    for gain, kept, there in _scales(f, a, b, EYE_NOISE_VIFF):
        first = gain[0] < gain[1]  # the source of the smaller gain, as the authors' code has it
        # The authors' 1e-7 keeps an empty scale at 1 instead of 0 / 0.
        kept_there = [np.where(first, maps[0], maps[1]) + 1e-7 for maps in (kept, there)]
        ratios.append(kept_there[0].sum() / kept_there[1].sum())
    return float(VIFF_WEIGHTS @ ratios)


VIF = Metric(
    slug="vif",
    abbreviation="VIF",
    title="Visual information fidelity (pixel domain), averaged over the sources (evaluators: summed)",
    direction="higher",
    range=(0.0, float("inf")),
    reference="sheikh2006image",
    presets={"course": _vif, "cddfuse": _vif_cddfuse, "linfeng": _vif_sum},
    min_side=MIN_SIDE,
)
VIFF = Metric(
    slug="viff",
    abbreviation="VIFF",
    title="Visual information fidelity for fusion",
    direction="higher",
    range=(0.0, float("inf")),
    reference="han2013new",
    presets={"course": _viff},
    min_side=MIN_SIDE,
)
