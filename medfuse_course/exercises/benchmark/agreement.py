"""Which metric is a witness for what: read off a figure of rank agreement."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="benchmark.agreement.witness",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "MI sees lesions that stand out. Whether their contrast is true, it does not see."
            ),
            WrongAnswer(
                "b", "b", "choice", "In the first row the interval of VIF begins at the line. Which one is clear of it?"
            ),
            WrongAnswer(
                "d", "d", "choice", "In the first row SSIM lies left of the line: it prefers what is less true."
            ),
        ),
    ),
)
