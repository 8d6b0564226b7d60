"""Training: frozen recipes through one loop, resumable, the same on one processor and on many.

A `Recipe` says what is learned from what; a `Step` says how a batch becomes losses; `train` is the loop. It draws
nothing: callbacks are told what happens, and `medfuse_course.plots` makes the curves.
"""

from medfuse_course.training.loop import Trained, train
from medfuse_course.training.recipe import Budget, Phase, Recipe
from medfuse_course.training.report import Callback, Record
from medfuse_course.training.steps import FusionStep, LossStep, ReconstructionStep, Step, SupervisedStep, Update

__all__ = [
    "Budget",
    "Callback",
    "FusionStep",
    "LossStep",
    "Phase",
    "Recipe",
    "ReconstructionStep",
    "Record",
    "Step",
    "SupervisedStep",
    "Trained",
    "Update",
    "train",
]
