"""Exercises that check themselves: `check` an answer, ask for a `hint`, `use` what works.

The folders mirror what the exercises teach: ``transforms/pyramid.py`` holds those named ``transforms.pyramid.*``.
"""

from medfuse_course.exercises.checking import check, hint, use
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.registry import get_exercise, list_exercises
from medfuse_course.exercises.result import Hint, Result

__all__ = [
    "Exercise",
    "Hint",
    "Property",
    "Result",
    "WrongAnswer",
    "check",
    "get_exercise",
    "hint",
    "list_exercises",
    "use",
]
