"""Reading what a blurred half does to a mask of focus."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.cnn.drpl.half_blur",
        title="What a mask of two modalities says",
        kind="choice",
        reference="d",
        choices={
            "a": "In the white places the MRI is in focus, in the black ones the CT.",
            "b": "The two masks sum to 1, so the network is sure, and right.",
            "c": "Blurring the MRI made the CT sharper on the left, and the mask says so.",
            "d": "It is about something else than focus: blurring half of a source hardly changed it.",
        },
        hints=(
            "What would a mask of focus have to do when half of one source goes out of focus?",
            "Compare the two rows of the table: once the mask turned from one end to the other.",
        ),
        wrong=(
            WrongAnswer("a", "a", "choice", "Then blurring the left half of the MRI would have turned the left black."),
            WrongAnswer("b", "b", "choice", "They sum to 1 on a pair for which the question has no answer, too."),
            WrongAnswer("c", "c", "choice", "Nobody touched the CT. And did the left half of the mask change much?"),
        ),
    ),
)
