"""Reading a weight map."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="methods.classical.guided_filter.reading",
        title="Reading a weight map",
        kind="choice",
        reference="c",
        choices={
            "a": "The brain is white in the map, so in the fused image the brain will be the brightest part.",
            "b": "Where the map is gray, neither source counts, and the fused image is dark.",
            "c": "Along the skull the details come from CT, elsewhere from MRI: in the air around the head as well.",
            "d": "The air is white in the map, so MRI shows something there that CT does not.",
        },
        hints=(
            "White says whose detail is taken, not how bright it is and not whether it is worth anything.",
            "The two weights sum to 1 at every pixel. What does gray say, then?",
            "In the air both images hold noise only. What does the Laplacian make of noise?",
        ),
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "A weight is a share and no brightness; whose brightness does it multiply?"
            ),
            WrongAnswer("b", "b", "choice", "The weights sum to 1, so gray is a mixture of the two, not an absence."),
            WrongAnswer(
                "d", "d", "choice", "Look at both images there. Salience is a large Laplacian, and noise has one."
            ),
        ),
    ),
)
