"""An open lab: ``my_rule(a, b)`` keeps more of the lesions than the gradient pyramid, and invents no more edges.

What is measured, on three heads with two lesions each (T1-weighted MRI and PET, where the lesions are dark in one and
bright in the other): lesion contrast recovery, hallucinated edges and missed edges, averaged over the heads. The last
one guards against handing out the PET.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.images import stays_in_range
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate
from medfuse_course.transforms import swt

SEEDS = (50, 51, 52)
BASELINE = "gradient_pyramid"
LESIONS, INVENTED, MISSED = METRICS = ("lesion_contrast_recovery", "hallucinated_edges", "missed_edges")
MOST_MISSED = 0.1
"""Share of the sources' edges that may be missing; the PET alone lacks about half."""


def favor_pet(a: Image, b: Image) -> Image:
    """Stationary wavelets, the energy of 9 x 9 windows; from the third level on that of the PET counts double."""
    of_a, of_b = swt.analyse(a, 5), swt.analyse(b, 5)
    details = []
    for level, (x, y) in enumerate(zip(of_a.details, of_b.details, strict=True)):
        favor = 1 if level < 2 else 2
        details.append(np.where(_energy(x) > favor * _energy(y), x, y))
    bands = replace(of_a, details=tuple(details), base=(of_a.base + of_b.base) / 2)
    fused: Image = np.clip(swt.synthesise(bands), 0, 1)
    return fused


def means(fused: Sequence[Image]) -> dict[str, float]:
    """The three metrics, each averaged over the heads; `fused` has one image for each of `cases`."""
    rows = [
        evaluate(image, pair.a, pair.b, METRICS, truth=pair.truth) for image, pair in zip(fused, cases(), strict=True)
    ]
    return {name: float(np.mean([row[name] for row in rows])) for name in METRICS}


@cache
def cases() -> tuple[Pair, ...]:
    """The three heads."""
    return tuple(load_pair("head/mri-pet", seed=seed, lesions=2) for seed in SEEDS)


@cache
def baseline() -> dict[str, float]:
    """What the gradient pyramid reaches."""
    return means([fuse(pair.a, pair.b, BASELINE) for pair in cases()])


def _energy(band: FloatArray) -> FloatArray:
    energy: FloatArray = ndimage.uniform_filter(band * band, (1,) * (band.ndim - 2) + (9, 9))
    return energy


@lru_cache(maxsize=1)
def _fused(answer: Attempt) -> tuple[Image, ...]:
    return tuple(answer.image(pair.a, pair.b).astype(np.float32) for pair in cases())


@lru_cache(maxsize=1)
def _reached(answer: Attempt) -> dict[str, float]:
    return means(_fused(answer))


def _keeps_structure(answer: Attempt) -> str | None:
    missed = _reached(answer)[MISSED]
    return None if missed <= MOST_MISSED else f"{missed:.0%} of the sources' edges are missing, allowed are 10%"


def _invents_little(answer: Attempt) -> str | None:
    got, allowed = _reached(answer)[INVENTED], baseline()[INVENTED]
    return (
        None if got <= allowed else f"{got:.1%} of its edges are in no source; the gradient pyramid has {allowed:.1%}"
    )


def _keeps_lesions(answer: Attempt) -> str | None:
    got, wanted = _reached(answer)[LESIONS], baseline()[LESIONS]
    return None if got > wanted else f"it keeps {got:.2f} of the lesions, the gradient pyramid {wanted:.2f}"


def _report(answer: Attempt) -> str:
    got, known = _reached(answer), baseline()
    return (
        f"keeps {got[LESIONS]:.2f} of the lesions (gradient pyramid {known[LESIONS]:.2f}), "
        f"invents {got[INVENTED]:.1%} of its edges ({known[INVENTED]:.1%}), misses {got[MISSED]:.1%}"
    )


EXERCISES = (
    Exercise(
        name="methods.own_rule.beat_the_gradient_pyramid",
        title="Your own rule",
        kind="lab",
        reference="medfuse_course.exercises.methods.own_rule:favor_pet",
        hints=(
            "Start from a transform that invents few edges: which one had the shortest bars of noise, and why?",
            "A lesion is wide. Compare energies over windows that are wider than 3 x 3, and use one level more.",
            "Stationary wavelets with 5 levels and the energy over 9 x 9 pixels come close. Then use what you know and "
            "no rule does: in the coarse bands the PET is worth more.",
        ),
        properties=(
            stays_in_range(_fused),
            Property(
                "structure", _keeps_structure, "The anatomy of the MRI has to stay: its fine bands are the MRI's."
            ),
            Property(
                "invented-edges",
                _invents_little,
                "Neighbors from different sources make an edge: let larger windows decide, without subsampling.",
            ),
            Property(
                "lesions",
                _keeps_lesions,
                "Wide lesions live in the coarse bands and in the base: who wins there, and should it?",
            ),
        ),
        score=_report,
    ),
)
