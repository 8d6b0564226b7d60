"""Reading a table of differences with intervals."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="benchmark.summary.fair_sentence",
        title="What a table allows to say",
        kind="choice",
        reference="c",
        choices={
            "a": "X is better than the maximum in three of four measures.",
            "b": "In 95 % of all heads X has a higher Qabf than the maximum.",
            "c": "X keeps more edges and invents more; which of the two keeps more lesion contrast stays open.",
            "d": "X keeps as much lesion contrast as the maximum, since the difference is not significant.",
        },
        hints=(
            "Look at the arrows first, then at whether each interval holds 0, and only then at the numbers.",
            "An interval that holds 0 says that both signs are possible. How large may the difference still be?",
            "The interval is about the mean difference over heads, not about single heads. EN has no arrow.",
        ),
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
