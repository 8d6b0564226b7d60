"""What passes a bottleneck: a number by hand."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="networks.unet.bottleneck",
        kind="number",
        reference=0.25,
        tolerance=0.001,
        wrong=(
            WrongAnswer(
                "channels_stay",
                4 / 256,
                "value",
                "You kept 4 channels all the way. They double on each level down: 4, 8, 16, 32, 64.",
            ),
            WrongAnswer(
                "one_side_halved",
                64 / 16,
                "value",
                "You halved one side. Both sides are halved, so a level has a quarter of the pixels.",
            ),
            WrongAnswer(
                "one_level_too_few",
                0.5,
                "value",
                "That is after three halvings. Here the image is halved four times.",
            ),
            WrongAnswer(
                "in_all",
                64 * 64 / 4,
                "value",
                "That looks like a count for one image. Divide by its pixels: how many numbers for each pixel?",
            ),
        ),
    ),
)
