"""How far convolutions look: one pixel a side for each kernel of 3 x 3, none for 1 x 1."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.transformers.destrans.reach",
        kind="number",
        reference=8,
        wrong=(
            WrongAnswer(
                "encoder_only", 4, "value", "That is the encoder's. The decoder's four convolutions look, too."
            ),
            WrongAnswer("with_one_by_one", 10, "value", "A kernel of 1 x 1 looks at its own pixel only."),
            WrongAnswer("width", 17, "value", "That is the side of the square that is seen. Asked is how far."),
            WrongAnswer("three_each", 24, "value", "A kernel of 3 x 3 reaches one pixel to each side, not three."),
            WrongAnswer(
                "dense_counted_once",
                6,
                "value",
                "The three dense layers stand one after the other; the longest way leads through all of them.",
            ),
        ),
    ),
)
