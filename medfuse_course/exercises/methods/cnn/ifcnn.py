"""How many numbers IFCNN learns, and why a network of focus lets little PET through."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

_NUMBERS = Exercise(
    name="methods.cnn.ifcnn.numbers_trained",
    title="What IFCNN learns",
    kind="number",
    reference=74_179,
    hints=(
        "The first layer is frozen. Three others learn: two blocks and the last layer.",
        "A block: 64 outputs of 64 kernels of 3 x 3, no bias; its normalization learns a scale and a shift a channel.",
        "A block has 64 * 64 * 9 + 2 * 64 numbers. The last layer: 3 outputs of 64 kernels of one number, 3 biases.",
    ),
    wrong=(
        WrongAnswer(
            "first_layer_too", 83_587, "value", "You counted the first layer. It is frozen: nothing is learned."
        ),
        WrongAnswer(
            "forgot_the_normalization",
            73_923,
            "value",
            "The kernels are right. Each block normalizes: scale and shift.",
        ),
        WrongAnswer(
            "running_statistics",
            74_435,
            "value",
            "Means and variances are stored with the weights, but counted along the way, not learned by descent.",
        ),
        WrongAnswer(
            "biases_in_the_blocks", 74_307, "value", "The blocks' convolutions have no bias: the shift does it."
        ),
        WrongAnswer("forgot_the_last_bias", 74_176, "value", "Almost. The last layer does have a bias, one an output."),
    ),
)

_ROUGH = Exercise(
    name="methods.cnn.ifcnn.rough_beats_smooth",
    title="Why the blur lets the PET through",
    kind="choice",
    reference="b",
    choices={
        "a": "the blurred MRI is darker, so the PET is the brighter one more often",
        "b": "the network prefers what is rough, and the blurred MRI is not rough any more",
        "c": "a blurred MRI looks like a PET, and the network knows PET",
        "d": "of two blurred sources the network takes the mean, so half of each gets through",
    },
    hints=(
        "What was this network trained to take, and from what?",
        "The maximum knows brightness only. What did the blur do for the maximum?",
        "The brightness cannot be it, and PET it never saw. What is left that the blur changed?",
    ),
    wrong=(
        WrongAnswer("a", "a", "choice", "Then the maximum would let more through as well. Look at its column again."),
        WrongAnswer("c", "c", "choice", "It was trained on focus. Nobody ever showed it a pair of modalities."),
        WrongAnswer("d", "d", "choice", "Half would be 50 %. Look how far below that the column is."),
    ),
)

EXERCISES = (_NUMBERS, _ROUGH)
