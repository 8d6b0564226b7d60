"""What the thorax phantom is made of: CT numbers and FDG uptake of each tissue, with their sources.

CT numbers in HU, as radiology tabulates them (Prokop, Spiral and Multislice Computed Tomography of the Body, 2003, and
common teaching): inflated lung -850 to -700, denser in the back, on which the patient lies; fat -110 to -90; unclotted
blood, muscle and spleen 40 to 60; liver 50 to 60; spongy bone from 300; the cortex of ribs and vertebrae, thin, to
1000. Cartilage and disks near 100. Without contrast medium blood and heart muscle are nearly alike.

FDG in standardized uptake values (mean), one hour after injection: liver 2 to 2.5, blood pool 1.5 to 2, spleen a little
below liver, muscle below 1, lung 0.4 to 0.7, marrow of the spine 1 to 1.5 (Wang et al., Mol. Imaging Biol. 9 (2007) 83,
98 patients; Paquet et al., J. Nucl. Med. 45 (2004) 784, for the liver and the blood pool). Heart muscle takes up
anything from nothing to a multiple of the liver, as the patient has fasted; `thorax.shape` draws it. Lesions carry
uptakes of their own, 3 to 15.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ThoraxTissue:
    """One tissue: CT number in HU, FDG uptake in SUV."""

    name: str
    hu: float
    fdg: float


TISSUES = (
    ThoraxTissue("air", -1000, 0.0),
    ThoraxTissue("lung", -790, 0.5),
    ThoraxTissue("airway", -1000, 0.0),
    ThoraxTissue("blood", 45, 1.7),
    ThoraxTissue("heart muscle", 50, 3.0),
    ThoraxTissue("liver", 56, 2.25),
    ThoraxTissue("spleen", 48, 1.9),
    ThoraxTissue("stomach", 25, 1.1),
    ThoraxTissue("muscle", 52, 0.75),
    ThoraxTissue("fat", -102, 0.25),
    ThoraxTissue("skin", 20, 0.4),
    ThoraxTissue("compact bone", 900, 0.4),
    ThoraxTissue("spongy bone", 300, 1.3),
    ThoraxTissue("cartilage", 100, 0.5),
    ThoraxTissue("spinal canal", 30, 1.2),
    ThoraxTissue("lesion", 40, 6.0),
)
"""In the order of their labels: label 0 is the air around the patient, 1 is lung."""

LABEL_NAMES = {number: tissue.name for number, tissue in enumerate(TISSUES)}
"""Label number to tissue name."""

LABELS = {name: number for number, name in LABEL_NAMES.items()}
"""Tissue name to label number."""

HOST = (LABELS["lung"],)
"""The tissue that lesions grow in."""


def values(quantity: Literal["hu", "fdg"]) -> NDArray[np.float32]:
    """The values of one column of `TISSUES`, in the order of the labels."""
    return np.array([getattr(tissue, quantity) for tissue in TISSUES], dtype=np.float32)
