"""How many numbers two convolution layers learn."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="networks.blocks.numbers_learned",
        title="What two layers learn",
        kind="number",
        reference=449,
        hints=(
            "One kernel is 3 x 3. How many kernels does one output channel need, and what is added at the end?",
            "An output channel has a kernel for every input channel, and one bias in all.",
            "The first layer: 16 outputs of 2 kernels each, and 16 biases. The second: 1 output of 16 kernels, 1 bias.",
        ),
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
