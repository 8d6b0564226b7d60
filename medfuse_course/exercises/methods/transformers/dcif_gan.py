"""What proves that two networks share weights: a choice."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.transformers.dcif_gan.tied",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "A copy has equal values as well. What happens to it at the next step of training?"
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "Two networks that share nothing, built by the same function, have the same names and shapes.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "Two untied networks are both changed by a step that trains both. Train one of them, and look at the "
                "other.",
            ),
        ),
    ),
)
