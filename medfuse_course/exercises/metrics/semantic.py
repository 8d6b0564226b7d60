"""What a fused gray value leaves open: ``semantic_loss(f, a, b, entropy)``, from joint entropies.

``entropy(*images)`` is given: the joint entropy of the gray levels of one image, or of several on one grid, in bits.
The result is ``[H(A | F) + H(B | F)] / [H(A) + H(B)]`` with ``H(X | F) = H(X, F) - H(F)``.
"""

from collections.abc import Callable

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import images, number

Entropy = Callable[..., float]


def joint_entropy(*same_grid: FloatArray) -> float:
    """In bits; gray levels of 8 bits, eight of which count as one."""
    levels = np.stack([np.rint(255 * image).astype(int).ravel() // 8 for image in same_grid])
    share = np.unique(levels, axis=1, return_counts=True)[1] / levels.shape[1]
    bits: float = -(share * np.log2(share)).sum()
    return bits


def semantic_loss(f: FloatArray, a: FloatArray, b: FloatArray, entropy: Entropy) -> float:
    """The share of what the sources tell that F leaves open: 0 to 1; NaN where they tell nothing."""
    left_open, known = entropy(a, f) + entropy(b, f) - 2 * entropy(f), entropy(a) + entropy(b)
    return left_open / known if known else float("nan")


_ROWS = np.array([[0, 0], [1, 1]], np.float64)
_COLUMNS = _ROWS.T.copy()
_FOUR = np.array([[0, 0], [1 / 3, 1]], np.float64)


def _is(id: str, f: FloatArray, a: FloatArray, b: FloatArray, complaint: str, hint: str) -> Property:
    wanted = semantic_loss(f, a, b, joint_entropy)

    def test(answer: Attempt) -> str | None:
        got = number(answer, f.copy(), a.copy(), b.copy(), joint_entropy)
        return None if abs(got - wanted) < 1e-6 else f"{complaint}: you say {got:.3g}, it is {wanted:.3g}"

    return Property(id, test, hint)


def _noise(stream: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    first, second, third = images("semantic", stream, count=3, shape=(24, 31))
    return (first + second) / 2, second**2, third


EXERCISES = (
    Exercise(
        name="metrics.semantic.semantic_loss",
        kind="function",
        reference="medfuse_course.exercises.metrics.semantic:semantic_loss",
        properties=(
            _is(
                "nothing-lost", _FOUR, _ROWS, _FOUR, "four gray values that tell both sources",
                "If F tells A, H(A, F) is H(F): nothing is left open.",
            ),
            _is(
                "all-lost", np.full((2, 2), 0.5), _ROWS, _COLUMNS, "an even F, which tells nothing",
                "An even F has no entropy, and leaves all of H(A) + H(B) open.",
            ),
            _is(
                "one-lost", _ROWS, _ROWS, _FOUR, "F is A, and tells a part of B",
                "The entropy that is left is H(X, F) - H(F); the two sources share the sum H(A) + H(B).",
            ),
            _is("noise", *_noise("one"), "a noisy triple", "Use the entropy that is given, for all five terms."),
        ),
        trials=lambda: ((*_noise("trial"), joint_entropy), (_FOUR, _ROWS, _FOUR, joint_entropy)),
        wrong=(
            WrongAnswer(
                "given_the_source",
                lambda f, a, b, entropy: (entropy(a, f) + entropy(b, f) - entropy(a) - entropy(b))
                / (entropy(a) + entropy(b)),
                "nothing-lost",
                "You have what A leaves open of F. Asked is what F leaves open of A: take H(F) away, not H(A).",
            ),
            WrongAnswer(
                "not_shared_out",
                lambda f, a, b, entropy: entropy(a, f) + entropy(b, f) - 2 * entropy(f),
                "all-lost",
                "These are bits. Divide by what the sources have together, H(A) + H(B).",
            ),
            WrongAnswer(
                "kept",
                lambda f, a, b, entropy: 1 - semantic_loss(f, a, b, entropy),
                "nothing-lost",
                "That is the share that F tells. The loss is the share that it leaves open.",
            ),
            WrongAnswer(
                "fused_once",
                lambda f, a, b, entropy: (entropy(a, f) + entropy(b, f) - entropy(f)) / (entropy(a) + entropy(b)),
                "nothing-lost",
                "There are two joint entropies, so H(F) goes twice.",
            ),
            WrongAnswer(
                "mean_of_ratios",
                lambda f, a, b, entropy: ((entropy(a, f) - entropy(f)) / entropy(a) + (entropy(b, f) - entropy(f))
                                          / entropy(b)) / 2,
                "one-lost",
                "You averaged two shares. Add what is left open first, then divide once by H(A) + H(B).",
            ),
        ),
    ),
)  # fmt: skip
