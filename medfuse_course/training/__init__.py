"""Training: frozen recipes through one loop, resumable, the same on one processor and on many.

A `Recipe` says what is learned from what; a `Step` says how a batch becomes losses; `train` runs it. It draws nothing:
callbacks are told what happens, and `medfuse_course.plots` makes the curves. The engine knows nothing of images; what
batches are cut from lies in `medfuse_course.training.data`.

In the order in which a recipe meets them: `run` (`train`, and the `Run` that it makes, from top to bottom), `recipe`,
`steps`, `state` (what is kept to go on later). `schedules` and `identity` are what recipes are made of. `adversaries`
stands above the engine, with the data: a step for games; `playground` plays them on points. `federated` is many runs
in rounds, `privacy` what they give away; `flower` the same on an engine.
"""

from medfuse_course.training.adversaries import AdversarialStep
from medfuse_course.training.data import (
    KINDS,
    LESION_KINDS,
    BandPatches,
    CallablePairs,
    ColorPatches,
    CountedScans,
    DestroyedPatches,
    FocusMasks,
    FocusPatches,
    FolderPairs,
    FusionPatches,
    GaussianModes,
    KindPatches,
    LesionMasks,
    LesionPatches,
    LowDosePatches,
    LumaPatches,
    defocus,
    gaussian_grid,
    gaussian_ring,
    other_intensity,
    other_texture,
    random_mask,
    split_apart,
    split_focus,
    spread_focus,
)
from medfuse_course.training.federated import (
    STRATEGIES,
    Client,
    Later,
    Round,
    Strategy,
    batch_norm_tensors,
    federate,
    weighted_mean,
)
from medfuse_course.training.playground import GAMES, POINT_DATA, Game, point_recipe
from medfuse_course.training.privacy import clipped, privacy_loss, with_noise
from medfuse_course.training.recipe import Budget, Phase, Recipe
from medfuse_course.training.report import Callback, ProgressBar, Record, Trained, TrainingWarning
from medfuse_course.training.run import train
from medfuse_course.training.schedules import constant, warmup_cosine
from medfuse_course.training.steps import (
    Batch,
    FusionStep,
    Losses,
    LossStep,
    ReconstructionStep,
    Step,
    SupervisedStep,
    Update,
    held_near,
)

__all__ = [
    "GAMES",
    "KINDS",
    "LESION_KINDS",
    "POINT_DATA",
    "STRATEGIES",
    "AdversarialStep",
    "BandPatches",
    "Batch",
    "Budget",
    "CallablePairs",
    "Callback",
    "Client",
    "ColorPatches",
    "CountedScans",
    "DestroyedPatches",
    "FocusMasks",
    "FocusPatches",
    "FolderPairs",
    "FusionPatches",
    "FusionStep",
    "Game",
    "GaussianModes",
    "KindPatches",
    "Later",
    "LesionMasks",
    "LesionPatches",
    "LossStep",
    "Losses",
    "LowDosePatches",
    "LumaPatches",
    "Phase",
    "ProgressBar",
    "Recipe",
    "ReconstructionStep",
    "Record",
    "Round",
    "Step",
    "Strategy",
    "SupervisedStep",
    "Trained",
    "TrainingWarning",
    "Update",
    "batch_norm_tensors",
    "clipped",
    "constant",
    "defocus",
    "federate",
    "gaussian_grid",
    "gaussian_ring",
    "held_near",
    "other_intensity",
    "other_texture",
    "point_recipe",
    "privacy_loss",
    "random_mask",
    "split_apart",
    "split_focus",
    "spread_focus",
    "train",
    "warmup_cosine",
    "weighted_mean",
    "with_noise",
]
