"""Reading directional bands, and what they cost."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="transforms.nsct.vessel",
        title="The direction of a vessel",
        kind="choice",
        reference="c",
        choices={"a": "37°", "b": "53°", "c": "127°", "d": "104°"},
        hints=(
            "Choose the lung and level 1, and go through the directions with an eye on the place of the vessel.",
            "Angles count counterclockwise from a horizontal line: 45 degrees runs up to the right.",
            "What runs down to the right has turned by more than a right angle. Does it fall by more than it advances?",
        ),
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
        title="What directions cost",
        kind="number",
        reference=26.2144,
        tolerance=0.3,
        hints=(
            "Every direction of every level is an image of the full size. What else does the transform keep?",
            "Three levels of eight directions and a base make 25 images. A float32 takes 4 bytes.",
        ),
        wrong=(
            WrongAnswer("forgot_the_base", 25.165824, "value", "The base is an image too."),
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
