"""What the answers to open challenges do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.remedies"

FLOWS: dict[str, Flow] = {
    "align_then_fuse": Flow(
        "ab eg l d w p f",
        {
            "e": Step("features of A", "on cells of 8 pixels", parts=("look.of_a",)),
            "g": Step("features of B", parts=("look.of_b",)),
            "l": Step("how like is what lies around?", "cosines, 5 x 5 displacements", gives="cost volume",
                      code=f"{_HERE}.align_then_fuse:likeness"),
            "d": Step("shift and turn, then bend", "means over cells that are sure,\nten looks",
                      code=f"{_HERE}.align_then_fuse:bent"),
            "w": Step("move B", code="networks.flow:warp"),
            "p": Step("Laplacian pyramids", "of each detail the stronger", chooses=True,
                      code="networks.laplacian:fuse_pyramids"),
        },
        Training("pairs of phantoms that lie right", "whether features of one place are alike", {
            "align": ("features",),
        }),
    ),
    "ddfm": Flow(
        "ab anb adb m f",
        {
            "n": Step("noise", "on their grid", takes="size", gives="noise", code=f"{_HERE}.ddfm:standard_noise"),
            "d": Step("denoise, again and again", "what would be left\nwithout the noise?", gives="guess",
                      parts=("denoiser",)),
            "m": Step("one step of EM, each time", "where both sources pull;\nthen less noise than before",
                      gives="guess, at last", chooses=True, code=f"{_HERE}.em_step:em_step"),
        },
        Training("single slices of phantoms, no pair and no fused image", "the noise that was added", {
            "denoise": ("noise",),
        }),
    ),
}  # fmt: skip
