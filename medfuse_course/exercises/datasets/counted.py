"""A CT of another breath: what does the correction make of the dome of the liver?"""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="datasets.counted.banana",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer(
                "a",
                "a",
                "choice",
                "More is multiplied back where more was lost. Does the CT say that much or little was lost there?",
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "The counts are right. What they are multiplied by comes from the CT.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "The PET shows where the tracer was, whatever the CT says; its place does not change. Its size does.",
            ),
        ),
    ),
)
