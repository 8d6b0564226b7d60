"""Reading the weighting of an MR image off its tissues."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="physics.mr_signal.weighting",
        title="Which TR and TE?",
        kind="choice",
        reference="c",
        choices={
            "a": "TR 500 ms, TE 15 ms: a short pause, an early echo.",
            "b": "TR 4500 ms, TE 15 ms: a long pause, an early echo.",
            "c": "TR 4500 ms, TE 100 ms: a long pause, a late echo.",
            "d": "TR 500 ms, TE 100 ms: a short pause, a late echo.",
        },
        hints=(
            "Look at the fluid in the ventricles first: is it the brightest or the darkest part of the brain?",
            "Fluid has by far the longest T1 and the longest T2. Which of the two makes it dark, and when?",
            "Set the sliders to each of the four pairs, and compare the order fluid, gray matter, white matter.",
        ),
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
