"""An open lab: ``my_rule(a, b)`` keeps more of the lesions than the gradient pyramid, and invents no more edges.

What is measured, on three heads with two lesions each (T1-weighted MRI and PET, where the lesions are dark in one and
bright in the other): lesion contrast recovery, hallucinated edges and missed edges, averaged over the heads. The last
one guards against handing out the PET, whole or blended with a known method.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import Pair
from medfuse_course.exercises.open_lab import Goal, Values, heads, lab_on_pairs
from medfuse_course.exercises.samples import stays_in_range
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate
from medfuse_course.transforms import swt

BASELINE = "gradient_pyramid"
LESIONS, INVENTED, MISSED = METRICS = ("lesion_contrast_recovery", "hallucinated_edges", "missed_edges")
MOST_MISSED = 0.065
"""Share of the sources' edges that may be missing; the PET alone lacks about half, the gradient pyramid a twentieth."""
LESION_GAIN = 0.05
"""So much more of the lesions' contrast; a blend with the PET pays for it with missed edges."""


def favor_pet(a: Image, b: Image) -> Image:
    """Stationary wavelets, the energy of 9 x 9 windows; that of the PET counts 2, 4 and 8 times in the coarse bands."""
    of_a, of_b = swt.analyse(a, 5), swt.analyse(b, 5)
    details = []
    for level, (x, y) in enumerate(zip(of_a.details, of_b.details, strict=True)):
        favor = 1 if level < 2 else 2 ** (level - 1)
        details.append(np.where(_energy(x) > favor * _energy(y), x, y))
    bands = replace(of_a, details=tuple(details), base=0.4 * of_a.base + 0.6 * of_b.base)
    fused: Image = np.clip(swt.synthesise(bands), 0, 1)
    return fused


def _energy(band: FloatArray) -> FloatArray:
    energy: FloatArray = ndimage.uniform_filter(band * band, (1,) * (band.ndim - 2) + (9, 9))
    return energy


def measure(fused: Image, pair: Pair) -> Values:
    """The three metrics."""
    return evaluate(fused, pair.a, pair.b, METRICS, truth=pair.truth)


cases = partial(heads, "head/mri-pet", (50, 51, 52))
LAB = lab_on_pairs(cases, measure, {BASELINE: partial(fuse, method=BASELINE)})

EXERCISES = (
    LAB.exercise(
        name="methods.own_rule.beat_the_gradient_pyramid",
        reference="medfuse_course.exercises.methods.own_rule:favor_pet",
        before=(stays_in_range(LAB.made),),
        goals=(
            Goal(
                "structure",
                "missed edges",
                "The anatomy of the MRI has to stay: its fine bands are the MRI's.",
                lambda x: x[MISSED],
                lambda _: MOST_MISSED,
                BASELINE,
                most=True,
                form=".1%",
            ),
            Goal(
                "invented-edges",
                "invented edges",
                "Neighbors from different sources make an edge: let larger windows decide, without subsampling.",
                lambda x: x[INVENTED],
                lambda known: known,
                BASELINE,
                most=True,
                form=".1%",
            ),
            Goal(
                "lesions",
                "lesion contrast",
                "Wide lesions live in the coarse bands and in the base: who wins there, and should it?",
                lambda x: x[LESIONS],
                lambda known: known + LESION_GAIN,
                BASELINE,
            ),
        ),
    ),
)
