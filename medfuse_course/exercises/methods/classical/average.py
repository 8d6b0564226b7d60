"""What averaging costs."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.classical.average.contrast",
        kind="number",
        reference=0.4,
        tolerance=0.005,
        wrong=(
            WrongAnswer(
                "no_averaging",
                0.8,
                "value",
                "That is the contrast in the CT alone; the MRI is flat there and counts half.",
            ),
            WrongAnswer(
                "value",
                0.5,
                "value",
                "That is how bright the detail becomes; contrast is its distance from the background.",
            ),
            WrongAnswer(
                "half_the_value",
                0.45,
                "value",
                "Half of 0.9 forgets that the MRI adds half of its 0.1, here and beside.",
            ),
            WrongAnswer("halved_twice", 0.2, "value", "Halve once: each source has the weight one half."),
            WrongAnswer(
                "negative", -0.4, "value", "Detail minus background, in this order: the detail is the brighter one."
            ),
        ),
    ),
)
