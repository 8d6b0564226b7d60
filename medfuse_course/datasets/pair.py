"""A pair of registered images and everything that is known about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.checks import check_pair
from medfuse_course.core.types import BoolArray, FloatArray, Image


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known for certain about a phantom, on the grid of the pair.

    Attributes
    ----------
    labels
        ``(H, W)`` integer labels; `label_names` says what each is.
    label_names
        Label number to tissue name.
    lesions
        ``(H, W)`` mask of the lesions; all False when there are none.
    quantities
        Physical maps before any window, by name: ``"hu"``, ``"activity"``, ``"suv"``.
    host
        Labels of the tissues that lesions grow in. The contrast of a lesion is measured against these only, not against
        the bone or fluid beside it; empty: against all that is near.
    """

    labels: NDArray[np.uint8]
    label_names: Mapping[int, str]
    lesions: BoolArray
    quantities: Mapping[str, FloatArray] = field(default_factory=dict)
    host: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Pair:
    """Two registered sources of one scene.

    Attributes
    ----------
    a, b
        The anatomical and the complementary source: float32, ``(H, W)`` or ``(H, W, 3)``, in [0, 1], on one grid.
    name
        ``"<source>/<a>-<b>"``, such as ``"head/mri-pet"``.
    modalities
        What `a` and `b` are, such as ``("MRI", "PET")``.
    spacing
        Pixel size in mm, rows then columns; None when unknown.
    affine
        4 x 4 voxel-to-world matrix in mm of the slice; None when unknown.
    windows
        The intensity windows that turned physical values into [0, 1], one for each source.
    truth
        What is known for certain; None for real images.
    provenance
        Where the pair comes from: seed, slice, version, file, commit.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import Pair
    >>> mri, ct = np.zeros((64, 48), np.float32), np.ones((64, 48), np.float32)
    >>> Pair(mri, ct, "mine/mri-ct", ("MRI", "CT"), spacing=(1.0, 1.0))
    Pair('mine/mri-ct', MRI + CT, 64 x 48, no truth)
    """

    a: Image
    b: Image
    name: str
    modalities: tuple[str, str]
    spacing: tuple[float, float] | None = None
    affine: NDArray[np.float64] | None = None
    windows: tuple[str, str] | None = None
    truth: Truth | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        a, b = check_pair(self.a, self.b)
        object.__setattr__(self, "a", a)
        object.__setattr__(self, "b", b)

    def __repr__(self) -> str:
        truth = "known truth" if self.truth is not None else "no truth"
        return f"Pair({self.name!r}, {' + '.join(self.modalities)}, {self.a.shape[0]} x {self.a.shape[1]}, {truth})"
