"""What the table of lesions marked on CT and PET holds, row by row, and its means over patients and trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

NETWORKS = ("ct", "pet", "early", "late", "middle", "attention", "unweighted", "fused_first")
"""What is trained: those of `methods.transformers.meetings`; ``attention`` without the weights of the pixels; and the
one of a single image on a fused one."""

SHIPPED = "medfusion_transnet"
"""The network whose weights ship: it has one training."""

DENSE = "percent_41_dense"
"""41 % of each maximum, cut with what is denser than -500 HU: a rule that asks both, pixel by pixel."""

THRESHOLDS: Mapping[str, Mapping[str, Any]] = {
    "suv_2.5": {"fraction": 0.0},
    "suv_4.0": {"fraction": 0.0, "threshold": 4.0},
    "percent_41": {"fraction": 0.41},
    DENSE: {"fraction": 0.41},
}
"""Options of `threshold_segmentation`, which looks for the lungs on the CT: a fixed SUV, or 41 % of each maximum."""

STRATEGIES = (*THRESHOLDS, SHIPPED, *NETWORKS)
"""All, in the order of the table; those before `NETWORKS` are not trained."""

WORLDS: Mapping[str, Mapping[str, int]] = {"lesions": {}, "mimics": {"benign": 2, "clots": 2}}
"""What patients have besides three lesions."""

SIZES: Mapping[str, tuple[float, float]] = {"small": (0, 12), "middle": (12, 20), "large": (20, 99)}
"""Diameters in mm, from and to."""


@dataclass(frozen=True)
class SegmentationRow:
    """One patient, segmented by one training.

    Attributes
    ----------
    strategy, seed
        Of `STRATEGIES`, and of which training; 0 of what is not trained.
    given
        ``"both"``, or the modality that alone was given.
    world, patient
        Of `WORLDS`, and a seed.
    dice
        Of all pixels; 0 where nothing is marked.
    invented
        Regions that touch no lesion.
    benign, clots
        Benign nodules and clots that are touched; NaN where there are none.
    small, small_found, small_dice, ...
        Of each of `SIZES`: how many lesions, how many were touched, and the sum of their `overlap_by_lesion`.
    """

    strategy: str
    seed: int
    given: str
    world: str
    patient: int
    dice: float
    invented: int
    benign: int
    clots: int
    small: int
    small_found: int
    small_dice: float
    middle: int
    middle_found: int
    middle_dice: float
    large: int
    large_found: int
    large_dice: float


def lesion_means(rows: Sequence[SegmentationRow]) -> dict[str, float]:
    """Means over patients.

    Parameters
    ----------
    rows
        Of one training, or of several.

    Returns
    -------
    ``dice``; ``small``, ``middle`` and ``large``, the shares of lesions found; ``small_dice`` and so on, mean Dice of a
    lesion; ``invented``, regions for each patient; ``benign`` and ``clots``, regions touched for each patient.
    """
    values = {name: mean(getattr(row, name) for row in rows) for name in ("dice", "invented", "benign", "clots")}
    for size in SIZES:
        there = max(1, sum(getattr(row, size) for row in rows))
        values[size] = sum(getattr(row, f"{size}_found") for row in rows) / there
        values[f"{size}_dice"] = sum(getattr(row, f"{size}_dice") for row in rows) / there
    return values


def segmentation_table(rows: Sequence[SegmentationRow]) -> str:
    """Means over patients, with their spread over trainings (standard deviation), as Markdown.

    Parameters
    ----------
    rows
        Of this experiment.

    Returns
    -------
    A table for each world.
    """
    names = ("dice", *SIZES, "invented", "benign", "clots")
    parts = []
    for world in dict.fromkeys(row.world for row in rows):
        head = ["strategy", "given", "trainings", "Dice", *(f"{size} found" for size in SIZES), *names[-3:]]
        lines = [f"## {world}", "", _line(head), _line(["---", "---", *["---:"] * (len(head) - 2)])]
        here = [row for row in rows if row.world == world]
        for strategy, given in dict.fromkeys((row.strategy, row.given) for row in here):
            of = [row for row in here if (row.strategy, row.given) == (strategy, given)]
            seeds = dict.fromkeys(row.seed for row in of)
            each = [lesion_means([row for row in of if row.seed == seed]) for seed in seeds]
            lines.append(_line([strategy, given, str(len(seeds)), *(_spread([m[n] for m in each]) for n in names)]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
