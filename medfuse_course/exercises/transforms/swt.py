"""What the stationary transform costs."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="transforms.swt.numbers_per_pixel",
        kind="number",
        reference=13,
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
