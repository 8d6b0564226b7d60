"""Reading what a blurred half does to a mask of focus."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.cnn.drpl.half_blur",
        kind="choice",
        reference="d",
        wrong=(
            WrongAnswer("a", "a", "choice", "Then blurring the left half of the MRI would have turned the left black."),
            WrongAnswer("b", "b", "choice", "They sum to 1 on a pair for which the question has no answer, too."),
            WrongAnswer("c", "c", "choice", "Nobody touched the CT. And did the left half of the mask change much?"),
        ),
    ),
)
