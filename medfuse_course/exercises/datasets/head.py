"""Reading a pair of the head phantom."""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="datasets.head.complement",
        title="What each scanner sees",
        kind="choice",
        reference="b",
        choices={
            "a": "CT shows the skull and the lesions; MRI only adds shades of gray.",
            "b": "CT shows the skull as a bright ring and hides the lesions; MRI shows the lesions, with dark bone.",
            "c": "MRI shows the skull as its bright outer ring; CT shows the lesions.",
            "d": "Both show the skull and the lesions; MRI is only sharper.",
        },
        hints=(
            "Find one lesion in each image in turn, at the same place, before you look at the skull.",
            "Bone holds little water, and its MRI signal fades within a millisecond. What gray does that make it?",
            "The lesions differ from brain by a few HU, less than the noise of one CT pixel.",
        ),
        wrong=(
            WrongAnswer(
                "a", "a", "choice", "Go to the place of a lesion in the CT: does it differ from the brain around it?"
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "The bright outer ring in MRI is fat under the skin. Which gray lies just inside it?",
            ),
            WrongAnswer("d", "d", "choice", "Cover one image with your hand and look for the lesions in the other."),
        ),
    ),
)
