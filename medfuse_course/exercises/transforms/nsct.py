"""Reading directional bands, and what they cost."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="transforms.nsct.vessel",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "That is the direction across the vessel: you may have thought of its spectrum."
            ),
            WrongAnswer("b", "b", "choice", "That runs up to the right: you may have counted clockwise."),
            WrongAnswer("d", "d", "choice", "That is nearly upright. Is the vessel, over its whole length?"),
        ),
    ),
    Exercise(
        name="transforms.nsct.memory",
        kind="number",
        reference=26.2144,
        tolerance=0.3,
        wrong=(
            WrongAnswer(
                "forgot_the_base_or_counted_2_to_the_20",
                25.165824,
                "value",
                "The base is an image too; and a megabyte has 10^6 bytes here, not 2^20.",
            ),
            WrongAnswer("bytes", 26214400, "value", "Those are the bytes: how many megabytes are that?"),
            WrongAnswer("float64", 52.4288, "value", "That is what float64 takes: a float32 has 4 bytes."),
            WrongAnswer("one_image", 1.048576, "value", "That is the image itself. How many bands are there?"),
            WrongAnswer(
                "subsampled",
                11.010048,
                "value",
                "Nothing is subsampled here: the coarse bands are as large as the fine ones.",
            ),
        ),
    ),
)
