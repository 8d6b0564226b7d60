"""Noise and the counts that are kept: numbers by hand."""

import math

from medfuse_course.exercises.exercise import Exercise, WrongAnswer

EXERCISES = (
    Exercise(
        name="physics.counting.law",
        kind="number",
        reference=(0.86 / 0.45) ** 2,
        tolerance=0.05,
        wrong=(
            WrongAnswer(
                "the_ratio_itself",
                0.86 / 0.45,
                "value",
                "That is by how much the noise fell. The law has a square root between the counts and the noise.",
            ),
            WrongAnswer(
                "root_again",
                math.sqrt(0.86 / 0.45),
                "value",
                "You took the root of the noise's ratio. The noise follows a root already: go the other way.",
            ),
            WrongAnswer(
                "upside_down",
                (0.45 / 0.86) ** 2,
                "value",
                "Upside down: less noise needs more counts, so the factor is above 1.",
            ),
            WrongAnswer(
                "over_what_was_counted",
                (0.86 / 0.45) ** 2 / 2,
                "value",
                "You divided by the counts that were really taken. The whole factor is asked for.",
            ),
            WrongAnswer(
                "what_was_counted",
                2.0,
                "value",
                "That is what was really counted. The question is what the law would need for the noise that was seen.",
            ),
        ),
    ),
    Exercise(
        name="physics.counting.flattery",
        kind="number",
        reference=10 * math.log10(3),
        tolerance=0.03,
        wrong=(
            WrongAnswer(
                "against_the_truth",
                10 * math.log10(2),
                "value",
                "If you have 3, that is the factor: take 10 log10 of it. If you have 3.01, a reference has noise, too.",
            ),
            WrongAnswer(
                "the_other_way_round",
                -10 * math.log10(3),
                "value",
                "The size is right. The question is by how much the nested PSNR is higher, so the sign is plus.",
            ),
            WrongAnswer(
                "amplitudes",
                20 * math.log10(3),
                "value",
                "Variances are squares already: ten times their logarithm, not twenty.",
            ),
            WrongAnswer(
                "independent_against_the_truth",
                10 * math.log10(1.5),
                "value",
                "That compares the independent reference with the truth. How large is the error against nested?",
            ),
            WrongAnswer(
                "natural_logarithm",
                10 * math.log(3),
                "value",
                "Decibels take the logarithm to base 10, np.log10.",
            ),
        ),
    ),
    Exercise(
        name="physics.counting.kept_noise",
        kind="number",
        reference=math.sqrt(1 / 6),
        tolerance=0.01,
        wrong=(
            WrongAnswer(
                "variance",
                1 / 6,
                "value",
                "That is the ratio of the variances, or of the seconds. The standard deviation is its root.",
            ),
            WrongAnswer(
                "the_short_frame",
                math.sqrt(6),
                "value",
                "That is how noisy the short frame itself is. The best prediction keeps a sixth of its noise.",
            ),
            WrongAnswer(
                "nothing",
                0.0,
                "value",
                "That would be best against the truth. The whole scan has noise of its own, and you know a part of it.",
            ),
            WrongAnswer(
                "all_of_it",
                1.0,
                "value",
                "To be as noisy as the whole scan you would have to know the noise of the other 150 seconds.",
            ),
        ),
    ),
)
