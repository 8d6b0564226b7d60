"""The table of integers: a network for low-dose PET in static int8, calibrated with and without a hot lesion.

The network is the one that ships, `lowdose_l1`. What a seed draws is the calibration set: two chests. ONNX Runtime
rounds it and runs it, all operations, or convolutions only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medfuse_course.core.leftovers import temporary_folder
from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.datasets import Case, load_case

DOSE, SIZE_MM = 0.25, 18.0
"""Share of the full counts, and diameter of the lesion."""

UPTAKES = (6.0, 14.0)
"""Of the lesions that are tried, in SUV."""

CALIBRATED, CHESTS = 12.0, 2
"""Uptake of the lesion in each chest of a set with hot lesions, in SUV; and chests of a set."""

PATIENTS = tuple(range(3))
"""Seeds of those who are tried; calibration sets have others."""

ARMS = {
    "cold_minmax": (False, "minmax", False),
    "cold_percentile": (False, "percentile", False),
    "hot_minmax": (True, "minmax", False),
    "hot_percentile": (True, "percentile", False),
    "cold_convolutions": (False, "minmax", True),
    "hot_convolutions": (True, "minmax", True),
}
"""Whether the set has lesions, how ranges are chosen, and whether only convolutions are rounded."""


@dataclass(frozen=True)
class QuantizationRow:
    """One chest with one lesion, enhanced.

    Attributes
    ----------
    arm, seed
        How the network was rounded, and by which calibration set; 0 where none is asked.
    uptake, patient
        Of the lesion, and whose chest.
    lesion
        Mean of the lesion less that of the truth, SUV.
    change
        The same less that of the network in float32, SUV.
    saturated
        Percent of the lesion's pixels that have exactly the highest value of the image, where several have it.
    body
        Root mean square of the difference to float32 in the body beside the lesion, SUV.
    error
        Root mean square of the difference to the truth in the body, SUV.
    """

    arm: str
    seed: int
    uptake: float
    patient: int
    lesion: float
    change: float
    saturated: float
    body: float
    error: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[QuantizationRow]:
    """Round the network by one calibration set and try it on all patients.

    Parameters
    ----------
    arm
        Of the declaration.
    seed
        Of the calibration set.
    profile
        ``"smoke"`` tries one patient; all others try all.

    Returns
    -------
    Rows, each as soon as it is known.
    """
    enhance = enhancer(arm, seed)
    for uptake in UPTAKES:
        for patient in PATIENTS[: 1 if profile == "smoke" else None]:
            case = chest(patient, uptake)
            exact = enhancer("float32", 0)(case)
            yield QuantizationRow(arm, seed, uptake, patient, **judge(enhance(case), exact, case))


@lru_cache(maxsize=128)
def chest(seed: int, uptake: float | None) -> Case:
    """A chest at low dose with one lesion of that uptake, or with none."""
    lesion = {"lesions": 0} if uptake is None else {"lesions": 1, "lesion_size": SIZE_MM, "lesion_suv": uptake}
    return load_case("thorax/low-dose-pet", seed=seed, dose=DOSE, neighbors=1, simulate="image_space", **lesion)


def slices_of(case: Case) -> NDArray[np.float32]:
    """What the network sees: ``(1, 3, H, W)`` in SUV."""
    (given,) = case.inputs.values()
    return np.ascontiguousarray(given[None], dtype=np.float32)


def calibration_set(seed: int, hot: bool) -> list[NDArray[np.float32]]:
    """The chests of one set, with a lesion in each or with none."""
    return [slices_of(chest(1000 + 10 * seed + k, CALIBRATED if hot else None)) for k in range(CHESTS)]


def enhancer(arm: str, seed: int) -> Any:
    """A function from a case to an enhanced image in SUV."""
    check_name("arm", arm, ("float32", "bfloat16", *ARMS))
    if arm in ARMS:
        session = _rounded(arm, seed)
        return lambda case: session.run(None, {"x": slices_of(case)})[0][0, 0]
    from medfuse_course.methods import enhance

    precision = "float32" if arm == "float32" else "bf16"
    return lambda case: enhance(slices_of(case)[0], "lowdose_l1", precision=precision)


def judge(made: FloatArray, exact: FloatArray, case: Case) -> dict[str, float]:
    """What an image is worth beside the truth and beside float32.

    Parameters
    ----------
    made, exact
        ``(H, W)`` in SUV: of the arm, and of float32.
    case
        Whose.

    Returns
    -------
    From ``lesion`` on, the columns of `QuantizationRow`.
    """
    lesion: BoolArray = np.asarray(case.lesions, bool)
    body: BoolArray = np.asarray(case.region, bool)
    beside = body & ~ndimage.binary_dilation(lesion, iterations=4)
    at_top = made == made.max()
    return {
        "lesion": float(made[lesion].mean() - case.target[lesion].mean()),
        "change": float(made[lesion].mean() - exact[lesion].mean()),
        "saturated": 100 * float(at_top[lesion].mean()) if at_top.sum() > 1 else 0.0,
        "body": float(np.sqrt(np.mean((made - exact)[beside] ** 2))),
        "error": float(np.sqrt(np.mean((made - case.target)[body] ** 2))),
    }


@lru_cache(maxsize=16)
def _rounded(arm: str, seed: int) -> Any:
    """The network in int8, ready to run."""
    from medfuse_course.deployment.quantize import quantize_onnx
    from medfuse_course.deployment.runtime import open_session

    hot, observer, convolutions_only = ARMS[arm]
    with temporary_folder() as folder:
        exact, rounded = folder / "exact.onnx", folder / "rounded.onnx"
        exact.write_bytes(_exported())
        inputs = ({"x": x} for x in calibration_set(seed, hot))
        quantize_onnx(exact, rounded, inputs, observer, convolutions_only=convolutions_only)  # type: ignore[arg-type]
        return open_session(rounded)


@lru_cache(maxsize=1)
def _exported() -> bytes:
    """The network as a file of ONNX, for images of the size of a chest."""
    from medfuse_course.deployment.tracing import plain_model
    from medfuse_course.methods import get_method, load_network

    network = load_network(get_method("lowdose_l1")).cpu()
    model: bytes = plain_model(network, {"x": slices_of(chest(PATIENTS[0], UPTAKES[0]))}).SerializeToString()
    return model
