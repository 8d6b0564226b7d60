"""What the methods of attention do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_PAIRS = "pairs of phantoms, no fused image"

FLOWS: dict[str, Flow] = {
    "matr": Flow(
        "ab n d f",
        {
            "n": Step("adaptive convolutions and attention", "after one, two and three\nconvolutions, all the same",
                      gives="sum of three maps", chooses=True, parts=("first", "again", "blocks")),
            "d": Step("1 x 1 convolution, tanh", parts=("draw",)),
        },
        Training(_PAIRS, "structure of both sources, and what neighborhoods say of them", {
            "fuse": ("structure", "information"),
        }),
    ),
}  # fmt: skip
