"""What the stationary transform costs."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="transforms.swt.numbers_per_pixel",
        title="What the stationary transform keeps",
        kind="number",
        reference=13,
        hints=(
            "Nothing is dropped: every band is as large as the image.",
            "Each level turns one image into four, and the next level splits only one of the four.",
            "Three details a level stay for good. What is left at the end?",
        ),
        wrong=(
            WrongAnswer("forgot_the_base", 12, "value", "The details are right. Can they give back a flat image?"),
            WrongAnswer(
                "kept_every_low",
                16,
                "value",
                "The low-pass image of a level is split further: only the last one stays.",
            ),
            WrongAnswer(
                "one_band_a_level",
                5,
                "value",
                "Five would do for a pyramid of full size. How many details has a level?",
            ),
            WrongAnswer(
                "as_the_dwt",
                1,
                "value",
                "That is the transform with subsampling, which keeps every fourth coefficient.",
            ),
        ),
    ),
)
