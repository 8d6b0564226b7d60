"""Reading both sources: a row of numbers to be understood, ``anatomy_read(f, a, b)`` to be written, and an open lab.

The lab: ``both_ends(a, b)`` must be read as well as the average, up to 0.05, and have a higher Qabf than the maximum,
by 0.05. It is tried on a piece of two heads, MRI beside PET and SPECT. Weighted sums and pyramids that are read that
well stay below the maximum; a copy of the MRI has the Qabf and is not read. Changing the pixels themselves, as the
page does, reaches it.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.ndimage import gaussian_filter

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import Pair, load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.open_lab import Goal, Values, lab_on_pairs
from medfuse_course.exercises.samples import apart, number, stays_in_range
from medfuse_course.metrics import evaluate

WINDOW = (slice(72, 184), slice(72, 184))
SLACK, GAIN = 0.05, 0.05
TOLERANCE = 1e-5


def anatomy_read(f: Image, a: Image, b: Image) -> float:
    """Correlation of what f and a have beyond a Gaussian of 2 pixels, where b exceeds 0.3."""
    bright = b > 0.3
    read: float = np.corrcoef(_fine(f)[bright], _fine(a)[bright])[0, 1]
    return read


def _fine(image: Image) -> FloatArray:
    fine: FloatArray = image - gaussian_filter(image, 2)
    return fine


def _scene(stream: str) -> tuple[Image, Image, Image]:
    """Textures of which f has a part, beside a smooth b that is bright on one side, with grain."""
    rng = generator(0, "exercises", "readability", stream)
    a, other, grain = (rng.random((40, 48), dtype=np.float32) for _ in range(3))
    a = gaussian_filter(a, 0.7)
    b = np.linspace(0, 0.8, 48, dtype=np.float32) * np.ones((40, 1), np.float32) + 0.2 * grain
    mixed = np.where(b > 0.3, 0.5 * a + 0.2 * other + 0.3 * b, other)
    return mixed.astype(np.float32), a, b.clip(0, 1)


def _is(
    arguments: Callable[[], tuple[Image, Image, Image]], complaint: str, tolerance: float = TOLERANCE
) -> Callable[[Attempt], str | None]:
    def test(answer: Attempt) -> str | None:
        given = arguments()
        got, wanted = number(answer, *given), anatomy_read(*given)
        if abs(got - wanted) <= tolerance:
            return None
        return complaint.format(*apart(got, wanted))

    return test


def _copied() -> tuple[Image, Image, Image]:
    _, a, b = _scene("copied")
    return a, a, b


def _negative() -> tuple[Image, Image, Image]:
    _, a, _ = _scene("negative")
    return 1 - a, a, np.full_like(a, 0.8)


def _hidden() -> tuple[Image, Image, Image]:
    """f is a where b is dim, and b where it is bright: the maximum of the lesson, sharpened."""
    _, a, b = _scene("hidden")
    return np.where(b > 0.3, b, a), a, b


def _shaded() -> tuple[Image, Image, Image]:
    """f has the fine structure of a on a strong coarse shade, and b is bright everywhere."""
    _, a, _ = _scene("shaded")
    shade = np.linspace(0, 0.7, 40, dtype=np.float32)[:, None]
    return 0.3 * a + shade, a, np.full_like(a, 0.8)


def _few() -> tuple[Image, Image, Image]:
    """b is bright on 36 pixels only, on which `evaluate` refuses to answer."""
    f, a, b = _scene("few")
    bright = np.zeros_like(b)
    bright[17:23, 21:27] = 0.8
    return f, a, bright


def _correlated(x: Image, y: Image) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def _covariance(f: Image, a: Image, b: Image) -> float:
    return float(np.mean(_fine(f)[b > 0.3] * _fine(a)[b > 0.3]))


LESSON = Exercise(
    name="metrics.readability.anatomy_read",
    kind="function",
    reference="medfuse_course.exercises.metrics.readability:anatomy_read",
    properties=(
        Property("copy", _is(_copied, "a copy of a is read as {}, not as {}"), "A copy has all of it: 1."),
        Property(
            "shade",
            _is(_shaded, "a with a coarse shade over it is read as {}, not as {}", 0.05),
            "Take the coarse part, a Gaussian of 2 pixels, away from both images first.",
        ),
        Property("sign", _is(_negative, "the negative of a is read as {}, not as {}"), "A correlation keeps its sign."),
        Property(
            "where-bright",
            _is(_hidden, "an image that hides a under the bright part of b is read as {}, not as {}"),
            "Only pixels with b > 0.3 count.",
        ),
        Property("value", _is(lambda: _scene("value"), "of a mixture it is {}, not {}"), "Use every part of the text."),
        Property(
            "few",
            _is(_few, "where b is bright on 36 pixels it is {}, not {}"),
            "Write the correlation yourself: the library's metric says nothing of so few pixels.",
        ),
    ),
    trials=lambda: (_scene("trial"), _hidden(), _shaded()),
    wrong=(
        WrongAnswer(
            "everywhere",
            lambda f, a, b: _correlated(_fine(f), _fine(a)),
            "where-bright",
            "You count the pixels where b is dark, too. There nothing covers the anatomy.",
        ),
        WrongAnswer(
            "coarse_left_in",
            lambda f, a, b: _correlated(f[b > 0.3], a[b > 0.3]),
            "shade",
            "You correlate the images themselves. Fine structure is what a Gaussian takes away.",
        ),
        WrongAnswer(
            "smoothed_instead",
            lambda f, a, b: _correlated(gaussian_filter(f, 2)[b > 0.3], gaussian_filter(a, 2)[b > 0.3]),
            "shade",
            "That is what is left after the Gaussian. Anatomy is what it took away: image minus smoothed image.",
        ),
        WrongAnswer(
            "without_sign",
            lambda f, a, b: abs(anatomy_read(f, a, b)),
            "sign",
            "A negative is not read as the image: leave the sign.",
        ),
        WrongAnswer(
            "covariance",
            _covariance,
            "copy",
            "That is a covariance: it grows with the contrast. Divide by both standard deviations.",
        ),
        WrongAnswer(
            "where_a_is_bright",
            lambda f, a, b: _correlated(_fine(f)[a > 0.3], _fine(a)[a > 0.3]),
            "where-bright",
            "It is b that may cover something: the mask is b > 0.3.",
        ),
        WrongAnswer(
            "masked_first",
            lambda f, a, b: _correlated(_fine(f * (b > 0.3))[b > 0.3], _fine(a * (b > 0.3))[b > 0.3]),
            "where-bright",
            "Cut the mask out after the Gaussian. Before it, the border of the mask becomes structure.",
        ),
        WrongAnswer(
            "evaluate_called",
            lambda f, a, b: evaluate(f, a, b, "anatomy_read")["anatomy_read"],
            "few",
            "That is the library's metric, which asks for 50 bright pixels. Here the correlation itself is wanted.",
        ),
    ),
)

COPY = Exercise(
    name="metrics.readability.whose_row",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "The maximum hides what is darker. Which of the two is not read here?"),
        WrongAnswer("b", "b", "choice", "The average is read well in both, and has a low Qabf."),
        WrongAnswer("d", "d", "choice", "Of a copy of the SPECT the activity would be read, and not the anatomy."),
    ),
)


@cache
def cases() -> tuple[Pair, ...]:
    """A piece of two heads with lesions."""
    heads = (load_pair(name, seed=4, lesions=2) for name in ("head/mri-pet", "head/mri-spect"))
    return tuple(
        Pair(np.ascontiguousarray(x.a[WINDOW]), np.ascontiguousarray(x.b[WINDOW]), x.name, x.modalities) for x in heads
    )


def measure(fused: Image, pair: Pair) -> Values:
    """Both readabilities and Qabf."""
    return evaluate(fused, pair.a, pair.b, ("activity_read", "anatomy_read", "qabf"))


def _mean(a: Image, b: Image) -> Image:
    return np.asarray((a + b) / 2, np.float32)


def changed_pixels(a: Image, b: Image, steps: int = 40) -> Image:
    """The maximum, its pixels changed for Qabf and for what is read less than in the average."""
    import torch

    from medfuse_course import losses

    first, second = (torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in (a, b))
    read = (losses.activity_read, losses.anatomy_read)
    wanted = [one((first + second) / 2, first, second) for one in read]
    fused = torch.maximum(first, second).requires_grad_()
    adam = torch.optim.Adam([fused], 0.02)
    for _ in range(steps):
        missing = [(goal - one(fused, first, second)).clamp_min(0) for goal, one in zip(wanted, read, strict=True)]
        loss = 3 * torch.cat(missing).sum() - losses.qabf(fused, first, second)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        fused.data.clamp_(0, 1)
    image: Image = fused.detach()[0, 0].numpy()
    return image


LAB = lab_on_pairs(cases, measure, {"average": _mean, "maximum": np.maximum})


def _value(name: str, x: Values) -> float:
    return x[name]


def _read(slug: str, what: str, hint: str) -> Goal:
    return Goal(slug, what, hint, partial(_value, slug), lambda known: known - SLACK, "average")


BOTH_ENDS = LAB.exercise(
    name="metrics.readability.both_ends",
    reference="medfuse_course.exercises.metrics.readability:changed_pixels",
    before=(stays_in_range(LAB.made),),
    goals=(
        _read("activity_read", "activity read", "Where the second source is bright, the image must rise with it."),
        _read("anatomy_read", "anatomy read", "The fine structure of the MRI must stay visible over the activity."),
        Goal(
            "qabf",
            "Qabf",
            "Sums and pyramids stay below the maximum. What does the page do with the pixels themselves?",
            partial(_value, "qabf"),
            lambda known: known + GAIN,
            "maximum",
        ),
    ),
)

EXERCISES = (COPY, LESSON, BOTH_ENDS)
