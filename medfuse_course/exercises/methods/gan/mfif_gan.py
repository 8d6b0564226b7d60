"""What the two ranges of maps in MFIF-GAN's released code do."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.gan.mfif_gan.released",
        kind="choice",
        reference="c",
        wrong=(
            WrongAnswer(
                "a",
                "a",
                "choice",
                "Where the truth is -1 the nearest that can be drawn is 0, which is right. The best map is the same.",
            ),
            WrongAnswer(
                "b",
                "b",
                "choice",
                "Where the truth is 1 the term asks for 1, where it is -1 for 0: no half. Look at the critic as well.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "The critic sees both kinds of maps as numbers, and one kind goes below 0. A generator cannot follow.",
            ),
        ),
    ),
)
