"""What four sure neighbors make of a doubtful pixel: one round of mean field, by hand."""

from math import exp, log

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

OWN, NEIGHBOR, COST, COUNT = 0.3, 0.9, 0.5, 4
"""Belief of the pixel and of each neighbor, cost of a pair that disagrees, how many neighbors."""

_LOGIT = log(OWN / (1 - OWN))
_PUSH = COUNT * COST * (2 * NEIGHBOR - 1)


def _belief(logit: float) -> float:
    return 1 / (1 + exp(-logit))


EXERCISES = (
    Exercise(
        name="networks.mean_field.by_hand",
        kind="number",
        reference=_belief(_LOGIT + _PUSH),
        tolerance=0.006,
        wrong=(
            WrongAnswer(
                "forgot_itself",
                _belief(_PUSH),
                "value",
                "You have what the neighbors say. What the pixel itself believed at the start counts, too.",
            ),
            WrongAnswer(
                "belief_for_leaning",
                _belief(_LOGIT + COUNT * COST * NEIGHBOR),
                "value",
                "A neighbor pushes by 2 p - 1, which is 0 for one that does not know. You took p.",
            ),
            WrongAnswer(
                "belief_for_logit",
                _belief(OWN + _PUSH),
                "value",
                "You added the push to the belief. It is added to the logit, log(p / (1 - p)).",
            ),
            WrongAnswer(
                "still_a_logit",
                _LOGIT + _PUSH,
                "value",
                "That is the logit. Asked for is the belief: 1 / (1 + exp(-logit)).",
            ),
            WrongAnswer(
                "one_neighbor",
                _belief(_LOGIT + _PUSH / COUNT),
                "value",
                "That is what one of the neighbors does. There are four, and they add up.",
            ),
            WrongAnswer(
                "mean_of_beliefs",
                (OWN + COUNT * NEIGHBOR) / (1 + COUNT),
                "value",
                "That is a mean of beliefs. Here logits are added, and the cost says how much a neighbor counts.",
            ),
            WrongAnswer(
                "wrong_way",
                _belief(_LOGIT - _PUSH),
                "value",
                "Your neighbors push away from what they believe. They pull towards it.",
            ),
        ),
    ),
)
