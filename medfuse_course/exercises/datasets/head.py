"""Reading a pair of the head phantom."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="datasets.head.complement",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "Go to the place of a lesion in the CT: does it differ from the brain around it?"
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "The bright outer ring in MRI is fat under the skin. Which gray lies just inside it?",
            ),
            WrongAnswer("d", "d", "choice", "Cover one image with your hand and look for the lesions in the other."),
        ),
    ),
)
