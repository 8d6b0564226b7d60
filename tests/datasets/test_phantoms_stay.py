"""The phantoms stay what the weights were trained on and the tables were measured on.

Anatomies are drawn by hundreds of lengths in mm, most of which no law fixes. A changed one is no error, but what ships
would then tell of another phantom: whoever means it makes weights, tables and these sums anew
(``python -m tests.datasets.test_phantoms_stay``).
"""

import json
from pathlib import Path

import numpy as np
import pytest

from medfuse_course.datasets.head.scan import HeadScan
from medfuse_course.datasets.head.shape import Lesion as HeadLesion
from medfuse_course.datasets.head.tissues import mr_signals, values
from medfuse_course.datasets.thorax.breathing import Breathing, pet_while_breathing
from medfuse_course.datasets.thorax.counted import count_chest, counted_chest
from medfuse_course.datasets.thorax.scan import ThoraxScan, plane_height
from medfuse_course.datasets.thorax.shape import Lesion, ThoraxShape
from medfuse_course.datasets.thorax.tissues import values as thorax_values

KEPT = Path(__file__).parents[1] / "reference" / "phantoms.json"
BELLY, HEART, ARCH = (plane_height(k) for k in (6, 22, 58))
TUMOR = Lesion((-80.0, -30.0, HEART), 14.0, 9.0)
FAST = {"simulate": "image_space"}


def thorax(seed, z, **options):
    return ThoraxShape(seed, **options).fractions(z)


def thorax_images():
    return np.stack([ThoraxScan(3, (TUMOR,), noise=n, **FAST).image(m, HEART) for m, n in (("CT", 1.0), ("PET", 0.0))])


def breathing():
    """Without noise, like every count here: one decay more or less, and all that follow are others."""
    scan = ThoraxScan(2, (TUMOR,), noise=0.0, **FAST)
    return np.stack(pet_while_breathing(scan, BELLY, Breathing(6.0, 3.0, Lesion((-70.0, 0.0, BELLY - 6.0), 9.0, 8.0))))


def counted():
    chest = counted_chest(1, 0)
    return np.stack([chest.activity, chest.hu, chest.other_hu, count_chest(chest, 0.0, 0, other_breath=True).pet])


def head(seed, z, contrast="t1"):
    scan = HeadScan(seed, contrast, (HeadLesion((30.0, 10.0, 14.0), 9.0),))
    quantities = ("signal", "hu", "PET", "SPECT")
    return np.concatenate([scan.fractions(z), [scan.truth(quantity, z) for quantity in quantities]])


def head_images():
    shown = (("t1", "MRI", 1.0), ("t2", "MRI", 1.0), ("t1", "CT", 1.0), ("t1", "PET", 0.0), ("t1", "SPECT", 0.0))
    return np.stack([HeadScan(1, contrast, noise=n).image(modality, 14.0) for contrast, modality, n in shown])


def tables():
    """Each value as a map of one pixel."""
    columns = [mr_signals("t1"), mr_signals("t2"), *(values(name) for name in ("hu", "fdg", "perfusion"))]
    return np.concatenate([*columns, thorax_values("hu"), thorax_values("fdg")])[:, None, None]


DRAWN = {
    "tables": tables,
    "thorax 0, belly": lambda: thorax(0, BELLY),
    "thorax 0, heart": lambda: thorax(0, HEART),
    "thorax 0, arch": lambda: thorax(0, ARCH),
    "thorax 0, liver and lower vein": lambda: thorax(0, -70.0),
    "thorax 0, pulmonary arteries": lambda: thorax(0, 6.0),
    "thorax 0, upper vessels": lambda: thorax(0, 78.0),
    "thorax 1 with arms and a lesion": lambda: thorax(1, HEART, lesions=(TUMOR,), arms=True),
    "thorax images": thorax_images,
    "thorax breathing": breathing,
    "counted chest": counted,
    "head 0, orbits": lambda: head(0, -40.0),
    "head 0, base": lambda: head(0, -12.0),
    "head 0, ventricles": lambda: head(0, 14.0, "t2"),
    "head 1, vertex": lambda: head(1, 56.0),
    "head images": head_images,
}


def sums(maps):
    """Of each map: its mean, its standard deviation, and how much more of it lies below, and to the right."""
    maps, (rows, columns) = maps.astype(np.float64), (np.linspace(-1, 1, n) for n in maps.shape[1:])
    over = {"axis": (1, 2)}
    return np.stack(
        [maps.mean(**over), maps.std(**over), (maps * rows[:, None]).mean(**over), (maps * columns).mean(**over)]
    )


@pytest.mark.parametrize("name", DRAWN)
def test_a_phantom_is_the_one_that_was_measured(name):
    found, kept = sums(DRAWN[name]()), np.array(json.loads(KEPT.read_text(encoding="utf8"))[name])
    off = np.abs(found - kept) / (2e-4 * (np.abs(kept[0]) + 1e-4))
    assert off.max() < 1, f"map {off.max(axis=0).argmax()} of {len(off[0])}: {off.max():.3g} times what rounding allows"


if __name__ == "__main__":
    made = {name: [[float(f"{x:.7g}") for x in row] for row in sums(draw())] for name, draw in DRAWN.items()}
    KEPT.write_text(json.dumps(made, indent=0).replace("\n", "").replace("]],", "]],\n") + "\n", encoding="utf8")
