"""What the answers to open challenges do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.remedies"

FLOWS: dict[str, Flow] = {
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
