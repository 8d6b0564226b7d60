"""What shows that a fused image is a picture and not a code."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.extractors.fw_net.evidence",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer("a", "a", "choice", "Its own decoder was trained to read it, code or not."),
            WrongAnswer(
                "b", "b", "choice", "Such a code is faint: SSIM and Qabf hardly see it, and a reader does not see it."
            ),
            WrongAnswer("d", "d", "choice", "Both halves were trained together, however often you train both."),
        ),
    ),
)
