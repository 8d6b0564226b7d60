"""The case of the head phantom: ``head/mri-to-ct``."""

from medfuse_course.datasets.case import Case
from medfuse_course.datasets.head.pairs import load_mri_ct
from medfuse_course.datasets.head.tissues import LABELS, Contrast


def mri_to_ct(
    *, seed: int = 0, slice: int | None = None, contrast: Contrast = "t1", lesions: int = 0, noise: float = 1.0
) -> Case:
    """An MRI of the head; the target is the true CT numbers of the same plane."""
    pair = load_mri_ct(seed=seed, slice=slice, contrast=contrast, lesions=lesions, noise=noise)
    truth = pair.truth
    if truth is None:
        raise RuntimeError("the head phantom lost its truth; please report this")
    return Case(
        name="head/mri-to-ct", task="synthesis", inputs={"MRI": pair.a}, target=truth.quantities["hu"], unit="HU",
        scale=3000.0, windows=("range:0,1", "hu:500,3000"), spacing=(1.0, 1.0),
        region=truth.labels != LABELS["air"], labels=truth.labels, lesions=truth.lesions,
        provenance=pair.provenance,
    )  # fmt: skip
