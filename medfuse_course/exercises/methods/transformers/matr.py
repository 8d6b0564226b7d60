"""MATR: what is left of attention in a window of one token."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

_SILENT = Exercise(
    name="methods.transformers.matr.silent",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer(
            "a", "a", "choice", "Values are not shared out, they are what is shared. What multiplies them here?"
        ),
        WrongAnswer(
            "c", "c", "choice", "A bias is added to the score before the softmax. What is a softmax of one score?"
        ),
        WrongAnswer("d", "d", "choice", "Change the questions: does any weight change? Look at the sum of a row."),
    ),
)

EXERCISES = (_SILENT,)
