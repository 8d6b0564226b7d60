"""Reading a table of differences with intervals."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="benchmark.summary.fair_sentence",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "Which of these four is better when it is lower, and which is not judged at all?"
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "The interval says where the mean difference lies. Single heads may differ far more than that.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "Read both ends of that interval: would a loss or a gain of this size leave you cold? Not knowing a "
                "difference is not knowing that there is none.",
            ),
        ),
    ),
)
