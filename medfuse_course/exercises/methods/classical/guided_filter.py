"""Reading a weight map."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.classical.guided_filter.reading",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "A weight is a share and no brightness; whose brightness does it multiply?"
            ),
            WrongAnswer("b", "b", "choice", "The weights sum to 1, so gray is a mixture of the two, not an absence."),
            WrongAnswer(
                "d", "d", "choice", "Look at both images there. Salience is a large Laplacian, and noise has one."
            ),
        ),
    ),
)
