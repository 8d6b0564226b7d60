"""The image behind a noised one: ``clean_of(x, noise, kept)``."""

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs


def clean_of(x: FloatArray, noise: FloatArray, kept: float) -> FloatArray:
    """``(x - sqrt(1 - kept) noise) / sqrt(kept)``."""
    return (x - np.sqrt(1 - kept) * noise) / np.sqrt(kept)


_ONE = (np.array([[1.0, 0.2, 2.0]]), np.array([[0.5, -1.0, 0.5]]), 0.64)


def _case(kept: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = generator(0, "exercises", "diffusion")
    clean, noise = rng.uniform(-1, 1, (5, 7)), rng.standard_normal((5, 7))
    return clean, noise, np.sqrt(kept) * clean + np.sqrt(1 - kept) * noise


def _tiny(answer: Attempt) -> str | None:
    """By hand: 1.25 (1 - 0.6 * 0.5), 1.25 (0.2 + 0.6) and 1.25 (2 - 0.6 * 0.5), which is more than 1."""
    return differs(answer.image(*_ONE, shape=(1, 3)), np.array([[0.875, 1.0, 2.125]]), "with kept = 0.64 the image")


def _back(answer: Attempt) -> str | None:
    for kept in (0.9, 0.3, 0.01):
        clean, noise, x = _case(kept)
        wrong = differs(answer.image(x, noise, kept, shape=x.shape), clean, f"with kept = {kept} the image", 1e-6)
        if wrong:
            return wrong
    return None


EXERCISES = (
    Exercise(
        name="networks.diffusion.clean",
        kind="function",
        reference="medfuse_course.exercises.networks.diffusion:clean_of",
        properties=(
            Property("tiny", _tiny, "With kept = 0.64 the roots are 0.8 and 0.6."),
            Property("back", _back, "Noise an image by the formula, and take the same noise away: it must come back."),
        ),
        trials=lambda: (_ONE, (*_case(0.3)[:2], 0.3)),
        wrong=(
            WrongAnswer(
                "no_root", lambda x, noise, kept: (x - (1 - kept) * noise) / kept, "tiny",
                "kept is a share of the variance. Of the values it is the root.",
            ),
            WrongAnswer(
                "not_scaled_back", lambda x, noise, kept: x - np.sqrt(1 - kept) * noise, "tiny",
                "What is left is the image times sqrt(kept): divide.",
            ),
            WrongAnswer(
                "all_of_the_noise", lambda x, noise, kept: (x - noise) / np.sqrt(kept), "tiny",
                "Not all of the noise is in x: only sqrt(1 - kept) of it.",
            ),
            WrongAnswer(
                "roots_exchanged",
                lambda x, noise, kept: (x - np.sqrt(kept) * noise) / np.sqrt(1 - kept), "tiny",
                "kept belongs to the image, 1 - kept to the noise. You have them the other way round.",
            ),
            WrongAnswer(
                "added", lambda x, noise, kept: (x + np.sqrt(1 - kept) * noise) / np.sqrt(kept), "tiny",
                "You add the noise a second time. Take it away.",
            ),
        ),
    ),
)  # fmt: skip
