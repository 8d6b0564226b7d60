"""A gain read off a figure."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="transforms.gradient_pyramid.missing_factor",
        kind="number",
        reference=0.75,
        tolerance=0.011,
        wrong=(
            WrongAnswer("with_the_factor", 1.0, "value", "That is the gain with the factor 1 + w; leave it out."),
            WrongAnswer(
                "forgot_the_base", 0.5, "value", "That is 1 - w, the gradients alone: add what the base still holds."
            ),
            WrongAnswer("base_alone", 0.25, "value", "That is w * w, the base alone: add what the gradients give."),
            WrongAnswer(
                "blurred_once", 0.875, "value", "Count the blurs of reduce and expand again, and square one half."
            ),
        ),
    ),
)
