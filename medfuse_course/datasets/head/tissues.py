"""What the head phantom is made of: the values of each tissue for each modality, with their sources.

CT numbers in HU, as radiology tabulates them (Prokop, Spiral and Multislice Computed Tomography of the Body, 2003: air
-1000, fat -100 to -50, white matter 20 to 30, gray matter 37 to 45, bone 700 to 3000; cerebrospinal fluid 0 to 15,
muscle 40 to 60). Marrow makes diploe several hundred HU less dense than the tables around it.

MR: proton density, T1 and T2 for the signal equations of `physics`. No single magnet measured them all: brain as at 1.5
T; fat, marrow and muscle as at 3 T, where fat has a T1 about a third longer than at 1.5 T, and muscle about a quarter
(Gold et al., AJR 183 (2004) 343, measured both). At 1.5 T throughout, marrow and muscle would be brighter by a fifth in
the T1-weighted image, and muscle darker by a quarter in the T2-weighted one. White and gray matter: Young et al.,
Quant. Imaging Med. Surg. 10 (2020) 1080, table 5. Fluid: the usual synthetic value (T1 4 s, T2 0.8 s). Fat and marrow
(371 and 133 ms), muscle (1412 and 40 ms) and the T2 of bone (half a millisecond, which leaves no echo): Rank et al.,
Radiat. Oncol. 8 (2013) 51, table 1. Dura and skin: ours, between muscle and bone. Lesion: ours, T1 and T2 longer than
in gray matter, as in edematous tumors.

FDG in standardized uptake values. Gray to white 4 : 1 before any blur (brain phantoms for PET go to 5 : 1 with 0 in the
fluid: Hoffman et al., J. Cereb. Blood Flow Metab. 11 (1991) A17), gray matter near 8. The lesion is hypermetabolic. The
template's maps count half of the brainstem as gray matter, so the pons takes up half to four fifths of what the cortex
does: about twice too much, because FDG images show the pons as a region of low uptake. It lies in slices 4 to 9; the
default slice is 29.

SPECT: perfusion relative to white matter, gray to white 2.5 : 1 (blood flow near 50 and 20 ml/min/100 g).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medfuse_course.physics import spin_echo_signal, spoiled_echo_signal

Contrast = Literal["t1", "t2"]


@dataclass(frozen=True)
class Tissue:
    """One tissue: CT number, proton density, T1 and T2 in ms, FDG uptake in SUV, perfusion relative to white matter."""

    name: str
    hu: float
    density: float
    t1_ms: float
    t2_ms: float
    fdg: float
    perfusion: float


TISSUES = (
    Tissue("air", -1000, 0.0, 1000, 1, 0.0, 0.0),
    Tissue("csf", 8, 1.0, 4000, 800, 0.2, 0.1),
    Tissue("gray matter", 38, 0.69, 760, 77, 8.0, 2.5),
    Tissue("white matter", 28, 0.61, 510, 67, 2.0, 1.0),
    Tissue("compact bone", 1250, 0.05, 200, 0.5, 0.2, 0.05),
    Tissue("diploe", 520, 0.30, 371, 133, 0.6, 0.15),
    Tissue("dura", 55, 0.50, 900, 25, 0.8, 0.3),
    Tissue("fat", -90, 0.90, 371, 133, 0.3, 0.1),
    Tissue("muscle", 50, 0.80, 1412, 40, 0.8, 0.35),
    Tissue("skin", 35, 0.65, 800, 35, 0.7, 0.3),
    Tissue("eye", 8, 1.0, 4000, 800, 0.3, 0.1),
    Tissue("lesion", 33, 0.80, 1300, 130, 11.0, 3.2),
)
"""In the order of their labels: label 0 is air, 1 is cerebrospinal fluid."""

LABEL_NAMES = {number: tissue.name for number, tissue in enumerate(TISSUES)}
"""Label number to tissue name."""

LABELS = {name: number for number, name in LABEL_NAMES.items()}
"""Tissue name to label number."""

HOST = (LABELS["gray matter"], LABELS["white matter"])
"""The tissues that lesions grow in."""


def values(quantity: Literal["hu", "fdg", "perfusion"]) -> NDArray[np.float32]:
    """The values of one column of `TISSUES`, in the order of the labels."""
    return np.array([getattr(tissue, quantity) for tissue in TISSUES], dtype=np.float32)


def mr_signals(contrast: Contrast) -> NDArray[np.float32]:
    """Signal of each tissue, in the order of the labels, in arbitrary units.

    ``"t1"`` is a spoiled gradient echo (TR 22 ms, TE 5 ms, 30 degrees), 10 000 times the signal equation; ``"t2"`` a
    spin echo (TR 4500 ms, TE 100 ms), 1000 times.
    """
    if contrast == "t1":
        signals = [
            1e4 * spoiled_echo_signal(t.density, t.t1_ms, t.t2_ms, tr_ms=22, te_ms=5, flip_degrees=30) for t in TISSUES
        ]
    else:
        signals = [1e3 * spin_echo_signal(t.density, t.t1_ms, t.t2_ms, tr_ms=4500, te_ms=100) for t in TISSUES]
    return np.array(signals, dtype=np.float32)
