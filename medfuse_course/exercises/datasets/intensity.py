"""An intensity window by hand."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="datasets.intensity.gray",
        kind="number",
        reference=0.15,
        tolerance=0.005,
        wrong=(
            WrongAnswer(
                "width_as_upper_end",
                60 / 560,
                "value",
                "You took the width as the upper end. It is the distance between the ends: white begins at "
                "level + width / 2.",
            ),
            WrongAnswer(
                "level_as_lower_end",
                0.0,
                "value",
                "You let the window begin at its level, so fat is black. The level is the middle of the window.",
            ),
            WrongAnswer(
                "full_width_to_each_side",
                260 / 800,
                "value",
                "Half of the width lies below the level, half above; you took the whole width to each side.",
            ),
            WrongAnswer(
                "water_is_1000",
                1.0,
                "value",
                "You added 1000, as if water were 1000 HU. Water is 0 HU and air -1000, so fat is a little below 0.",
            ),
            WrongAnswer("bytes", 38.25, "value", "That is the gray level of 255. Images here are fractions in [0, 1]."),
            WrongAnswer("counted_from_white", 0.85, "value", "Counted from the white end; black is 0, white is 1."),
        ),
    ),
)
