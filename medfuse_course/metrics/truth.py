"""What the field's metrics cannot see and a phantom's truth can: measures of the course itself."""

import numpy as np
from scipy.ndimage import binary_dilation

from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets.pair import Truth
from medfuse_course.metrics.base import Metric, UndefinedError

RING = 5
"""Width in pixels of the surroundings a lesion is compared with."""


def _background_lift(f: FloatArray, a: FloatArray, b: FloatArray) -> float:
    empty = (a == 0) & (b == 0)
    if not empty.any():
        raise UndefinedError("no pixel is black in both sources, so there is no background")
    return float(f[empty].mean()) / 255


def _lesion_contrast_recovery(f: FloatArray, a: FloatArray, b: FloatArray, truth: Truth) -> float:
    lesions = truth.lesions
    if not lesions.any():
        raise UndefinedError("truth.lesions is empty")
    ring = binary_dilation(lesions, iterations=RING) & ~lesions
    if not ring.any():
        raise UndefinedError("the lesions fill the image, so there are no surroundings to compare them with")
    source = max((_contrast(a, lesions, ring), _contrast(b, lesions, ring)), key=abs)
    if source == 0:
        raise UndefinedError("the lesions cannot be told from their surroundings in either source")
    return _contrast(f, lesions, ring) / source


def _contrast(image: FloatArray, lesions: BoolArray, ring: BoolArray) -> float:
    return float(image[lesions].mean() - image[ring].mean())


BACKGROUND_LIFT = Metric(
    slug="background_lift",
    abbreviation="Lift",
    title="Mean of the fused image where both sources are black",
    direction="lower",
    range=(0.0, 1.0),
    reference="",
    presets={"course": _background_lift},
)
LESION_CONTRAST_RECOVERY = Metric(
    slug="lesion_contrast_recovery",
    abbreviation="LCR",
    title="Contrast of the lesions in the fused image over that in the better source",
    direction="higher",
    range=(-np.inf, np.inf),
    reference="",
    presets={"course": _lesion_contrast_recovery},
    needs_truth=True,
)
