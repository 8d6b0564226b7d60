"""Reading the weighting of an MR image off its tissues."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="physics.mr_signal.weighting",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "After so short a pause fluid has hardly recovered: it would be the darkest part."
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "With so early an echo nothing has decayed yet, and gray and white matter stay nearly as bright as "
                "fluid. Compare how dark the brain is here.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "A short pause and a late echo both take signal away: set the sliders so and see what is left of it.",
            ),
        ),
    ),
)
