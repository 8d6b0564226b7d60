"""Standardized uptake by hand."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="physics.pet.uptake",
        kind="number",
        reference=6.0,
        tolerance=0.005,
        wrong=(
            WrongAnswer(
                "kilograms",
                0.006,
                "value",
                "A thousand too small: the body weighs 80 000 g, and one gram is about one milliliter.",
            ),
            WrongAnswer(
                "forgot_the_weight",
                0.075,
                "value",
                "That is concentration over dose; the body weight is missing. The same dose is thinner in a heavier "
                "body.",
            ),
            WrongAnswer(
                "kilobecquerel", 6000.0, "value", "A thousand too large: check kBq against MBq, and g against kg."
            ),
            WrongAnswer(
                "upside_down",
                1 / 6,
                "value",
                "Upside down: the lesion takes up more than the average, so its value is above 1.",
            ),
        ),
    ),
)
