"""Two rules taken apart: the weights of match and salience, and the vote of the neighbors.

``match_weight(salience_a, salience_b, match)`` returns the weight of a at each pixel. ``consistent(prefers_a, detail_a,
detail_b)`` lets the 3 x 3 pixels around each pixel vote (1 for a, 0 for b) and returns the detail of the winner.
"""

import numpy as np
from scipy import ndimage

from medfuse_course.core.filters import sum_3x3
from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import TOLERANCE, bands, off

SHAPE = (12, 17)
INNER = (slice(1, -1), slice(1, -1))
"""Borders may vote in more than one right way."""

Saliences = tuple[FloatArray, FloatArray, FloatArray]
Ballot = tuple[FloatArray, FloatArray, FloatArray]


def match_weight(salience_a: FloatArray, salience_b: FloatArray, match: FloatArray) -> FloatArray:
    """Below a match of 0.75 all or nothing, above it ``1/2 + (1 - M) / (2 (1 - 0.75))`` for the more salient."""
    larger = 0.5 + 0.5 * np.minimum((1 - match) / 0.25, 1)
    weight: FloatArray = np.where(salience_a > salience_b, larger, 1 - larger)
    return weight


def consistent(prefers_a: FloatArray, detail_a: FloatArray, detail_b: FloatArray) -> FloatArray:
    """The detail of a where five or more of nine prefer a, else that of b."""
    fused: FloatArray = np.where(sum_3x3(prefers_a) > 4, detail_a, detail_b)
    return fused


def _saliences(low: float, high: float) -> Saliences:
    """Two saliences that nowhere tie, and a match from `low` to `high`."""
    rng = generator(0, "exercises", "match")
    salience_a, salience_b = rng.uniform(0.1, 1, (2, *SHAPE))
    return salience_a, salience_b, rng.uniform(low, high, SHAPE)


def _weight_shape(answer: Attempt) -> str | None:
    answer.image(*_saliences(-1, 1))
    return None


def _weight_range(answer: Attempt) -> str | None:
    weight = answer.image(*_saliences(-1, 1))
    if weight.min() < -TOLERANCE or weight.max() > 1 + TOLERANCE:
        return f"weights from {weight.min():.3g} to {weight.max():.3g} leave [0, 1]"
    return None


def _weight_chooses(answer: Attempt) -> str | None:
    salience_a, salience_b, match = _saliences(-1, 0.7)
    weight = answer.image(salience_a, salience_b, match)
    distance = np.abs(weight - (salience_a > salience_b))
    worst = np.unravel_index(distance.argmax(), SHAPE)
    if distance[worst] <= TOLERANCE:
        return None
    return (
        f"with salience {salience_a[worst]:.2f} in a, {salience_b[worst]:.2f} in b and a match of {match[worst]:.2f}, "
        f"a got the weight {weight[worst]:.2f}"
    )


def _weight_mixes(answer: Attempt) -> str | None:
    salience_a, salience_b, match = _saliences(0.9999, 1.0)
    weight = answer.image(salience_a, salience_b, match)
    worst = weight.ravel()[np.abs(weight - 0.5).argmax()]
    return f"with a match of 1 a got the weight {worst:.2f}" if abs(worst - 0.5) > 0.01 else None


def _weight_between(answer: Attempt) -> str | None:
    salience_a, salience_b, match = _saliences(0.76, 0.99)
    weight = answer.image(salience_a, salience_b, match)
    wanted = match_weight(salience_a, salience_b, match)
    worst = np.unravel_index(np.abs(weight - wanted).argmax(), SHAPE)
    if abs(weight[worst] - wanted[worst]) <= TOLERANCE:
        return None
    return f"with a match of {match[worst]:.2f} the weight {weight[worst]:.2f} of a should be {wanted[worst]:.2f}"


def _weight_trials() -> tuple[Saliences, ...]:
    return _saliences(-1, 1), _saliences(0.7, 1), _saliences(-1, 0.7)


_WEIGHT = Exercise(
    name="methods.rules.match_weight",
    kind="function",
    reference="medfuse_course.exercises.methods.rules:match_weight",
    properties=(
        Property("shape", _weight_shape, "Return one weight for each pixel, as floats."),
        Property("range", _weight_range, "A weight below 0 would turn a detail into its negative: limit it."),
        Property("choose", _weight_chooses, "Bands that do not match are not mixed: the more salient one gets all."),
        Property("alike", _weight_mixes, "Bands that are the same deserve half each."),
        Property("between", _weight_between, "Between 0.75 and 1 the weight is a straight line in the match."),
    ),
    trials=_weight_trials,
    wrong=(
        WrongAnswer(
            "weights_swapped",
            lambda a, b, m: 1 - match_weight(a, b, m),
            "choose",
            "You give the larger weight to the source of smaller salience: look at the order inside np.where.",
        ),
        WrongAnswer(
            "no_limit",
            lambda a, b, m: np.where(a > b, 0.5 + 2 * (1 - m), 0.5 - 2 * (1 - m)),
            "range",
            "The straight line holds from a match of 0.75 to 1 only; below, the weight stays 1 (or 0).",
        ),
        WrongAnswer(
            "average_above_the_threshold",
            lambda a, b, m: np.where(m > 0.75, 0.5, (a > b).astype(float)),
            "between",
            "You jump from choosing to averaging: between 0.75 and 1 the weight slides.",
        ),
        WrongAnswer(
            "share_of_salience",
            lambda a, b, m: a / (a + b),
            "choose",
            "That is the share of the salience, and the match has no say: below 0.75 one source gets all.",
        ),
        WrongAnswer(
            "threshold_upside_down",
            lambda a, b, m: np.where(m <= 0.75, 0.5, (a > b).astype(float)),
            "choose",
            "You mix what differs and choose between what is alike: it is the other way round.",
        ),
        WrongAnswer(
            "sign_of_the_match_lost",
            lambda a, b, m: match_weight(a, b, np.abs(m)),
            "choose",
            "You drop the sign of the match: details of opposite sign would cancel, so they do not match.",
        ),
    ),
)


def _ballot(name: str = "vote") -> Ballot:
    prefers_a = (generator(0, "exercises", name).random(SHAPE) < 0.5).astype(float)
    return prefers_a, *bands(name, shape=SHAPE)


def _vote_shape(answer: Attempt) -> str | None:
    answer.image(*_ballot())
    return None


def _vote_sources(answer: Attempt) -> str | None:
    prefers_a, a, b = _ballot()
    result = answer.image(prefers_a, a, b)
    foreign = np.minimum(np.abs(result - a), np.abs(result - b)) > TOLERANCE
    return f"{foreign.sum()} of {foreign.size} values are those of neither detail" if foreign.any() else None


def _vote_lone(answer: Attempt) -> str | None:
    _, a, b = _ballot()
    for one in (0.0, 1.0):
        votes = np.full(SHAPE, one)
        votes[5, 8] = 1 - one
        expected = a if one else b
        if off(answer.image(votes, a, b)[INNER], expected[INNER]) > TOLERANCE:
            return f"all prefer {'a' if one else 'b'} but one pixel, and yours does not give {'a' if one else 'b'}"
    return None


def _vote_majority(answer: Attempt) -> str | None:
    prefers_a, a, b = _ballot()
    result = answer.image(prefers_a, a, b)
    wrong = np.abs(result - consistent(prefers_a, a, b)) > TOLERANCE
    wrong[0] = wrong[-1] = wrong[:, 0] = wrong[:, -1] = False
    if not wrong.any():
        return None
    row, column = (int(n) for n in np.argwhere(wrong)[0])
    votes = int(sum_3x3(prefers_a)[row, column])
    winner = "b" if votes > 4 else "a"
    return f"{votes} of 9 pixels prefer a, and yours takes {winner} ({wrong.sum()} pixels like this)"


_VOTE = Exercise(
    name="methods.rules.consistent",
    kind="function",
    reference="medfuse_course.exercises.methods.rules:consistent",
    properties=(
        Property("shape", _vote_shape, "Return one detail for each pixel, as floats."),
        Property("from-sources", _vote_sources, "A vote decides: every value comes whole from one of the two details."),
        Property("lone", _vote_lone, "A lone pixel that nobody around supports must lose, on either side."),
        Property("majority", _vote_majority, "Count nine votes, 3 x 3; five are a majority."),
    ),
    trials=lambda: (_ballot(), _ballot("another vote")),
    wrong=(
        WrongAnswer(
            "four_votes_suffice",
            lambda p, a, b: np.where(sum_3x3(p) >= 4, a, b),
            "majority",
            "Four of nine votes are no majority: b has five.",
        ),
        WrongAnswer(
            "no_vote",
            lambda p, a, b: np.where(p > 0, a, b),
            "lone",
            "Every pixel decides for itself: let the 3 x 3 pixels around it vote.",
        ),
        WrongAnswer(
            "mixed_by_votes",
            lambda p, a, b: (sum_3x3(p) * a + (9 - sum_3x3(p)) * b) / 9,
            "from-sources",
            "You mix the details by their votes; here the winner takes all.",
        ),
        WrongAnswer(
            "left_itself_out",
            lambda p, a, b: np.where(sum_3x3(p) - p > 4, a, b),
            "majority",
            "Only the eight neighbors vote: the pixel in the middle has a vote too.",
        ),
        WrongAnswer(
            "wide_window",
            lambda p, a, b: np.where(ndimage.uniform_filter(p, 5) > 0.5, a, b),
            "majority",
            "Your window is 5 x 5: it smooths away what 3 x 3 would keep.",
        ),
        WrongAnswer(
            "winner_swapped",
            lambda p, a, b: consistent(p, b, a),
            "lone",
            "A 1 is a vote for a: look at the order inside np.where.",
        ),
    ),
)

EXERCISES = (_WEIGHT, _VOTE)
