"""Measures of the course itself, for what the field's metrics do not see; most need a phantom's truth."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics.base import Metric, UndefinedError

RING = 5
"""Width in pixels of the surroundings a lesion is compared with."""
BLACK = 255 / 20
"""Gray level below which a pixel is black. Not 0: the air of an MR image holds noise, which has a positive mean."""
FAINT = 1.0
"""A contrast or standard deviation in gray levels of 255 that no 8-bit picture can show."""
FLAT = 1e-9
"""A contrast or standard deviation in gray levels that is rounding, not structure."""
SMALLEST = 25
"""Pixels that a tissue needs: over fewer, a correlation is chance."""


def _background_lift(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Mean of f where both sources are black, beyond what the brighter of them has there; never negative."""
    brighter = np.maximum(a, b)
    black = brighter < BLACK
    if not black.any():
        raise UndefinedError("no pixel is black in both sources, so there is no background")
    return max(0.0, float((f - brighter)[black].mean())) / 255


def _lesion_contrast_recovery(f: FloatArray, a: FloatArray, b: FloatArray, truth: Truth) -> float:
    """Mean over the lesions: contrast to the surroundings in f, over that in the source that shows it better.

    1 is all of it. More is no gain: f shows a lesion as stronger than any source measured it.
    """
    recovered = []
    for lesion, ring in _lesions(truth):
        source = max((_contrast(a, lesion, ring), _contrast(b, lesion, ring)), key=abs)
        if abs(source) >= FAINT:
            recovered.append(_contrast(f, lesion, ring) / source)
    if not recovered:
        raise UndefinedError("the lesions cannot be told from their surroundings in either source")
    return float(np.mean(recovered))


def _contrast_to_noise_ratio(f: FloatArray, a: FloatArray, b: FloatArray, truth: Truth) -> float:
    """Mean over the lesions: contrast to the surroundings in f, whatever its sign, over the noise there."""
    ratios = []
    for lesion, ring in _lesions(truth):
        contrast, noise = abs(_contrast(f, lesion, ring)), _noise(f[ring], truth.labels[ring].astype(np.intp))
        if noise >= FLAT:
            ratios.append(contrast / noise)
        elif contrast >= FLAT:
            ratios.append(np.inf)
    if not ratios:
        raise UndefinedError("around the lesions f has neither contrast nor noise")
    return float(np.mean(ratios))


def _structure_fidelity(f: FloatArray, a: FloatArray, b: FloatArray, truth: Truth) -> float:
    """Mean over the tissues: correlation of f with each source inside, weighted by what that source shows there.

    With s the standard deviation of a source within the tissue and r its correlation with f there, a tissue scores
    ``(s_a r_a + s_b r_b) / (s_a + s_b)``; r is 0 where f is flat. A source with s below one gray level shows nothing
    and does not count, nor do a tissue of fewer than 25 pixels and what surrounds the body (label 0), where both
    sources hold only noise. Contrast between tissues does not count: the other metrics measure it.
    """
    labels = truth.labels.ravel().astype(np.intp)
    count = np.bincount(labels)
    within = [_freed_of_means(image.ravel(), labels, count) for image in (f, a, b)]
    spread = [np.sqrt(_label_means(image**2, labels, count)) for image in within]
    kept, shown = np.zeros(count.size), np.zeros(count.size)
    for source in (1, 2):
        visible = spread[source] >= FAINT
        along = _label_means(within[0] * within[source], labels, count)  # the covariance, s_f s r
        kept += np.divide(along, spread[0], out=np.zeros(count.size), where=visible & (spread[0] >= FLAT))
        shown += np.where(visible, spread[source], 0)
    counts = (count >= SMALLEST) & (shown > 0) & (np.arange(count.size) > 0)
    if not counts.any():
        raise UndefinedError(f"no label but 0 has {SMALLEST} pixels in which a source shows any structure")
    return float((kept[counts] / shown[counts]).mean())


def _lesions(truth: Truth) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Each lesion and the tissue of its host nearby, other lesions left out."""
    if not truth.lesions.any():
        raise UndefinedError("truth.lesions is empty")
    if truth.lesions.all():
        raise UndefinedError("the lesions fill the image, so there are no surroundings to compare them with")
    beside = ~truth.lesions & (np.isin(truth.labels, truth.host) if truth.host else True)
    numbers, count = label(truth.lesions)
    for number in range(1, count + 1):
        lesion = numbers == number
        ring = binary_dilation(lesion, iterations=RING) & beside
        if ring.any():
            yield lesion, ring


def _contrast(image: FloatArray, lesion: BoolArray, ring: BoolArray) -> float:
    return float(image[lesion].mean() - image[ring].mean())


def _noise(values: FloatArray, labels: NDArray[np.intp]) -> float:
    """Standard deviation about the mean of each label: borders between tissues are no noise."""
    count = np.bincount(labels)
    free = values.size - np.count_nonzero(count)
    return float(np.sqrt((_freed_of_means(values, labels, count) ** 2).sum() / free)) if free else 0.0


def _label_means(values: FloatArray, labels: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.bincount(labels, weights=values) / np.maximum(count, 1)
    return means


def _freed_of_means(values: FloatArray, labels: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.float64]:
    """The values less the mean of all values of their label."""
    freed: NDArray[np.float64] = values - _label_means(values, labels, count)[labels]
    return freed


BACKGROUND_LIFT = Metric(
    slug="background_lift",
    abbreviation="Lift",
    title="Mean rise of the fused image over the sources where both are black",
    direction="lower",
    range=(0.0, 1.0),
    reference="",
    presets={"course": _background_lift},
)
LESION_CONTRAST_RECOVERY = Metric(
    slug="lesion_contrast_recovery",
    abbreviation="LCR",
    title="Contrast of the lesions in the fused image over that in the better source, averaged over lesions",
    direction="one",
    range=(-np.inf, np.inf),
    reference="",
    presets={"course": _lesion_contrast_recovery},
    needs_truth=True,
)
CONTRAST_TO_NOISE_RATIO = Metric(
    slug="contrast_to_noise_ratio",
    abbreviation="CNR",
    title="Contrast of the lesions in the fused image over the noise around them, averaged over lesions",
    direction="higher",
    range=(0.0, np.inf),
    reference="",
    presets={"course": _contrast_to_noise_ratio},
    needs_truth=True,
)
STRUCTURE_FIDELITY = Metric(
    slug="structure_fidelity",
    abbreviation="Fidelity",
    title="Correlation with the sources inside each tissue, averaged over tissues",
    direction="higher",
    range=(-1.0, 1.0),
    reference="",
    presets={"course": _structure_fidelity},
    needs_truth=True,
)
