"""Exercises that check themselves: `check` an answer, ask for a `hint`, `use` what works.

An exercise stands in its chapter: title, prompt, choices, hints, solution; `page` reads it there. What its check knows
beyond that is declared here. The folders mirror what the exercises teach: ``transforms/pyramid.py`` holds the checks of
those named ``transforms.pyramid.*``.
"""

from medfuse_course.exercises.catalogue import get_exercise, list_exercises
from medfuse_course.exercises.checking import check, hint, use
from medfuse_course.exercises.claims import ClaimError, claim
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.handing_in import save_answers
from medfuse_course.exercises.result import Hint, Result

__all__ = [
    "ClaimError",
    "Exercise",
    "Hint",
    "Property",
    "Result",
    "WrongAnswer",
    "check",
    "claim",
    "get_exercise",
    "hint",
    "list_exercises",
    "save_answers",
    "use",
]
