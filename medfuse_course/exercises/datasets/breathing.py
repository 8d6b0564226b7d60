"""What breathing leaves of a lesion, by hand, and a hot spot in the lung: what is it?"""

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="datasets.breathing.left",
        kind="number",
        reference=0.5 + 7.5 * 6 / 12,
        tolerance=0.01,
        wrong=(
            WrongAnswer(
                "lung_forgotten",
                8 * 6 / 12,
                "value",
                "Half of the time the lesion is there. What is at the place in the other half? Lung is not zero.",
            ),
            WrongAnswer(
                "spread_over_all_that_it_touches",
                0.5 + 7.5 * 6 / 18,
                "value",
                "You divided by all the way that the lesion touches, 18 mm. Ask for one point in the middle: for how "
                "many of the 12 mm is it covered?",
            ),
            WrongAnswer(
                "one_side_only",
                0.5 + 7.5 * 3 / 12,
                "value",
                "You counted the middle of the lesion above the point only. It also covers the point from below.",
            ),
            WrongAnswer(
                "nothing_lost",
                8.0,
                "value",
                "That would be right if the lesion were longer than its way. This one leaves the point for a while.",
            ),
            WrongAnswer(
                "upside_down",
                0.5 + 7.5 * (1 - 6 / 18),
                "value",
                "You took the share of the time in which the lesion is elsewhere, and of a way of 18 mm.",
            ),
            WrongAnswer("share_only", 0.5, "value", "That is the share of the time. Which uptake is the mean over it?"),
        ),
    ),
    Exercise(
        name="datasets.breathing.hot_spot",
        kind="choice",
        reference="b",
        wrong=(
            WrongAnswer(
                "a",
                "a",
                "choice",
                "A nodule of that size is white in the lung window of a CT. Is there one at the place of the spot?",
            ),
            WrongAnswer(
                "c",
                "c",
                "choice",
                "Noise makes many faint spots of a pixel or two, in all of the lung. Here is one, as wide as the "
                "scanner's blur.",
            ),
            WrongAnswer(
                "d",
                "d",
                "choice",
                "The heart lies in the middle, and both images show it. Which organ is missing in the CT here?",
            ),
        ),
    ),
)
