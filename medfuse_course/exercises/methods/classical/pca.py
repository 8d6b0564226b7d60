"""The weights of PCA fusion by hand: covariance ``[[0.05, 0.02], [0.02, 0.02]]``, eigenvector (2, 1)."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.classical.pca.weight",
        kind="number",
        reference=2 / 3,
        tolerance=0.005,
        wrong=(
            WrongAnswer(
                "share_of_variance",
                0.05 / 0.07,
                "value",
                "That is the share of the variance; the covariance between the two images counts as well.",
            ),
            WrongAnswer(
                "unit_length",
                2 / 5**0.5,
                "value",
                "You scaled the eigenvector to length 1, as programs return it. Then the weights sum to more than 1.",
            ),
            WrongAnswer(
                "squared_components",
                0.8,
                "value",
                "Squares of the components sum to 1 when the length is 1, but the weights are the components.",
            ),
            WrongAnswer(
                "not_scaled", 2, "value", "The component itself is no weight yet: divide by the sum of both components."
            ),
            WrongAnswer("the_other_image", 1 / 3, "value", "That is the weight of the image that varies less."),
        ),
    ),
)
