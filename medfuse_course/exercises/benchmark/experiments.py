"""Which experiment can answer a question, before anything is computed."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="benchmark.experiments.detail_or_noise",
        title="Which experiment tells detail from noise?",
        kind="choice",
        reference="d",
        choices={
            "a": "Show that the average gradient and the spatial frequency of its images are higher.",
            "b": "Show that fewer of its edges are missing from both noisy sources.",
            "c": "Fuse noisy pairs and show that its images are smoother than those of others.",
            "d": "Add a small known structure to one source, then noise of that size; compare what arrives of each.",
        },
        hints=(
            "For each experiment ask: what would a method score that cannot tell the two apart at all?",
            "An experiment that only looks at the fused image, or compares it with sources that are noisy themselves, "
            "never learns which part was noise.",
            "You need to know what is noise and what is not, and both must have the same size and the same strength.",
        ),
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "Add noise to any image, and both numbers rise. You built them two chapters ago."
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "An edge of the noise is an edge of the source, so keeping it counts as right. Which sources would do?",
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "A blur is smoother too, and loses the detail. The experiment does not look at the detail.",
            ),
        ),
    ),
)
