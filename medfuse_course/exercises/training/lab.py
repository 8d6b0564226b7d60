"""Two open labs: train a fuser to a goal, and train one that its loss praises and that hides the lesions.

What is measured, on three heads with two lesions each (MRI and PET): SSIM, Qabf and the recovered contrast of the
lesions, with the air of every image replaced by that of the maximum, since in the dark SSIM is bought with a gray
level that nobody sees; and how much the air was lifted. All goals are set against the pixelwise maximum, where the
networks of the chapter begin. Nobody can see from outside whether an answer was trained; the reference answers are two
formulas that reach the goals.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.datasets.head.tissues import LABELS
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property
from medfuse_course.exercises.images import stays_in_range
from medfuse_course.metrics import evaluate

SEEDS = (70, 71, 72)
SSIM, QABF, LESIONS, LIFT = METRICS = ("ssim", "qabf", "lesion_contrast_recovery", "background_lift")
SSIM_GAIN, QABF_LOSS, LESION_LOSS, MOST_LIFT = 0.006, 0.03, 0.06, 0.5 / 255
"""The first lab: so much more SSIM, at most so much less of the others than the maximum, so much light in the air."""
BROKEN_GAIN, BROKEN_SHARE = 0.008, 0.5
"""The second lab: so much more SSIM, and at most this share of the lesion contrast that the maximum keeps."""
TEMPERATURE = 0.22


def soft_maximum(a: Image, b: Image) -> Image:
    """A mean that the brighter source dominates: weight ``1 / (1 + exp((B - A) / 0.22))`` for A."""
    weight = 1 / (1 + np.exp((b - a) / TEMPERATURE))
    fused: Image = (weight * a + (1 - weight) * b).astype(np.float32)
    return fused


def hides_lesions(a: Image, b: Image) -> Image:
    """The blend in which lesions that are dark in one source and bright in the other nearly cancel."""
    return np.float32(0.6) * a + np.float32(0.4) * b


def means(fused: Sequence[Image]) -> dict[str, float]:
    """The four metrics, each averaged over the heads; `fused` has one image for each of `cases`."""
    rows = [_measure(image, pair) for image, pair in zip(fused, cases(), strict=True)]
    return {name: float(np.mean([row[name] for row in rows])) for name in METRICS}


def _measure(fused: Image, pair: Pair) -> dict[str, float]:
    """The lift of the image as it is, the rest with the air of the maximum."""
    if pair.truth is None:
        raise ValueError(f"pair: expected a phantom, which knows its truth, got {pair.name!r}")
    inside = np.where(pair.truth.labels == LABELS["air"], np.maximum(pair.a, pair.b), fused)
    lift = evaluate(fused, pair.a, pair.b, LIFT, truth=pair.truth)
    return evaluate(inside, pair.a, pair.b, METRICS[:-1], truth=pair.truth) | lift


@cache
def cases() -> tuple[Pair, ...]:
    """The three heads."""
    return tuple(load_pair("head/mri-pet", seed=seed, lesions=2) for seed in SEEDS)


@cache
def maximum() -> dict[str, float]:
    """What the pixelwise maximum reaches."""
    return means([np.maximum(pair.a, pair.b) for pair in cases()])


@lru_cache(maxsize=1)
def _fused(answer: Attempt) -> tuple[Image, ...]:
    return tuple(answer.image(pair.a, pair.b).astype(np.float32) for pair in cases())


@lru_cache(maxsize=1)
def _reached(answer: Attempt) -> dict[str, float]:
    return means(_fused(answer))


def _dark_air(answer: Attempt) -> str | None:
    lift = _reached(answer)[LIFT]
    return f"the air is {255 * lift:.1f} gray levels of 255 too bright, allowed is 0.5" if lift > MOST_LIFT else None


def _keeps_lesions(answer: Attempt) -> str | None:
    got, wanted = _reached(answer)[LESIONS], maximum()[LESIONS] - LESION_LOSS
    return None if got >= wanted else f"it keeps {got:.2f} of the lesions' contrast, wanted are {wanted:.2f}"


def _keeps_edges(answer: Attempt) -> str | None:
    got, wanted = _reached(answer)[QABF], maximum()[QABF] - QABF_LOSS
    return None if got >= wanted else f"its Qabf is {got:.3f}, wanted are {wanted:.3f}"


def _gains(answer: Attempt, gain: float) -> str | None:
    got, wanted = _reached(answer)[SSIM], maximum()[SSIM] + gain
    return None if got >= wanted else f"its SSIM is {got:.3f}, wanted are {wanted:.3f}"


def _hides(answer: Attempt) -> str | None:
    got, allowed = _reached(answer)[LESIONS], BROKEN_SHARE * maximum()[LESIONS]
    return f"{got:.2f} of the lesions' contrast is left, allowed is {allowed:.2f}" if abs(got) > allowed else None


def _report(answer: Attempt) -> str:
    got, known = _reached(answer), maximum()
    return (
        f"SSIM {got[SSIM]:.3f} (maximum {known[SSIM]:.3f}), Qabf {got[QABF]:.3f} ({known[QABF]:.3f}), "
        f"lesion contrast {got[LESIONS]:.2f} ({known[LESIONS]:.2f})"
    )


_IMAGE = stays_in_range(_fused, "Return floats in [0, 1]: np.clip what the network gives, no stretching.")

_OWN = Exercise(
    name="training.lab.own_fuser",
    title="Your own fuser",
    kind="lab",
    reference="medfuse_course.exercises.training.lab:soft_maximum",
    hints=(
        "Which term holds the network at the maximum, and which one pays for SSIM? Change their balance.",
        "A smaller weight of the intensity term lets SSIM rise; too small, and Qabf and the lesions fall.",
        "Between a tenth and a third of the page's weight of the intensity term, with the rest as it was, is a start. "
        "Choose on validation patches and on heads of your own, not on those of the check.",
    ),
    properties=(
        _IMAGE,
        Property(
            "air", _dark_air, "Where both sources are dark the result must be dark: reflect the border, no zeros."
        ),
        Property(
            "lesions", _keeps_lesions, "What is lost may be lost in the blend: stay nearer to the brighter source."
        ),
        Property("edges", _keeps_edges, "A mean of the sources halves edges. Give the intensity term more weight."),
        Property("ssim", lambda x: _gains(x, SSIM_GAIN), "The maximum ignores the darker source. Pay more for SSIM."),
    ),
    score=_report,
)

_BREAK = Exercise(
    name="training.lab.break_it",
    title="Broken on purpose",
    kind="lab",
    reference="medfuse_course.exercises.training.lab:hides_lesions",
    hints=(
        "The lesions are dark in the MRI and bright in the PET. Which target makes the two cancel?",
        "The average nearly does, and its SSIM is high. A blend with a little more MRI does it better.",
        "Train with l1_to_weighted, weight 0.6, in place of l1_to_max. MRI must always come first then: swap=False.",
    ),
    properties=(
        _IMAGE,
        Property("air", _dark_air, "Too easy to see: a network that glows is noticed. Keep the air dark."),
        Property("hidden", _hides, "The lesions can still be seen. Which gray value lets dark and bright cancel?"),
        Property("praised", lambda x: _gains(x, BROKEN_GAIN), "Nobody publishes what scores badly. Keep an SSIM term."),
    ),
    score=_report,
)

EXERCISES = (_OWN, _BREAK)
