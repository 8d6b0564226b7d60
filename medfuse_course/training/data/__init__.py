"""What batches are cut from: phantoms, patients, a reader's own images, points. The engine knows nothing of images."""

from medfuse_course.training.data.band_patches import BandPatches
from medfuse_course.training.data.callable_pairs import CallablePairs
from medfuse_course.training.data.color_patches import ColorPatches
from medfuse_course.training.data.counted_scans import CountedScans
from medfuse_course.training.data.destroyed_patches import DestroyedPatches, other_intensity, other_texture
from medfuse_course.training.data.focus_masks import FocusMasks, random_mask, split_apart, split_focus, spread_focus
from medfuse_course.training.data.focus_patches import FocusPatches, defocus
from medfuse_course.training.data.folder_pairs import FolderPairs
from medfuse_course.training.data.kind_patches import KINDS, KindPatches
from medfuse_course.training.data.lesion_masks import LesionMasks
from medfuse_course.training.data.lesion_patches import LESION_KINDS, LesionPatches
from medfuse_course.training.data.low_dose_patches import LowDosePatches
from medfuse_course.training.data.luma_patches import LumaPatches
from medfuse_course.training.data.patches import FusionPatches
from medfuse_course.training.data.points import GaussianModes, gaussian_grid, gaussian_ring

__all__ = [
    "KINDS",
    "LESION_KINDS",
    "BandPatches",
    "CallablePairs",
    "ColorPatches",
    "CountedScans",
    "DestroyedPatches",
    "FocusMasks",
    "FocusPatches",
    "FolderPairs",
    "FusionPatches",
    "GaussianModes",
    "KindPatches",
    "LesionMasks",
    "LesionPatches",
    "LowDosePatches",
    "LumaPatches",
    "defocus",
    "gaussian_grid",
    "gaussian_ring",
    "other_intensity",
    "other_texture",
    "random_mask",
    "split_apart",
    "split_focus",
    "spread_focus",
]
