"""How many numbers two convolution layers learn."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="networks.blocks.numbers_learned",
        kind="number",
        reference=449,
        wrong=(
            WrongAnswer("forgot_the_biases", 432, "value", "The kernels are right. Each output channel adds a number."),
            WrongAnswer(
                "one_kernel_an_output",
                170,
                "value",
                "You gave each output channel a single kernel. It has one for every channel that comes in.",
            ),
            WrongAnswer(
                "first_layer_only", 304, "value", "That is the first layer. The second has to be learned as well."
            ),
            WrongAnswer("bias_for_every_kernel", 480, "value", "A bias belongs to an output channel, not to a kernel."),
        ),
    ),
)
