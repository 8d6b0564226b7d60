"""Which layers the numbers in published code name: MatConvNet counts from 1, and counts the image."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.extractors.vgg_multilayer.layers",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer("a", "a", "choice", "That is what the paper writes. Count: is number 2 a ReLU?"),
            WrongAnswer(
                "c", "c", "choice", "That is what the port reads, with a count from 0 that leaves the image out."
            ),
            WrongAnswer("d", "d", "choice", "Number 1 is the image itself. So which layer gives number 2?"),
        ),
    ),
)
