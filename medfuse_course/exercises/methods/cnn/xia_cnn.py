"""He's standard deviation for a layer of sixteen channels."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.cnn.xia_cnn.spread",
        kind="number",
        reference=0.1179,
        tolerance=0.0006,
        wrong=(
            WrongAnswer(
                "forgot_the_relu",
                0.0833,
                "value",
                "That keeps the size through a linear layer. ReLU then throws away half of it: the 2.",
            ),
            WrongAnswer(
                "forgot_the_kernel", 0.3536, "value", "A kernel has 9 numbers in every channel: they add up too."
            ),
            WrongAnswer("variance", 0.0139, "value", "That is the variance. The kernels' spread is its root."),
            WrongAnswer("counted_outputs", 0.3333, "value", "You counted what goes out. What comes in adds up."),
            WrongAnswer("naive", 0.01, "value", "That is the naive start. He's depends on how much comes in."),
        ),
    ),
)
