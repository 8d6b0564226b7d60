"""Which experiment can answer a question, before anything is computed."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="benchmark.experiments.detail_or_noise",
        kind="choice",
        reference="d",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "Add noise to any image, and both numbers rise, though nothing true was added."
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "An edge of the noise is an edge of the source, so keeping it counts as right. Which sources would do?",
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "A blur is smoother too, and loses the detail. The experiment does not look at the detail.",
            ),
        ),
    ),
)
