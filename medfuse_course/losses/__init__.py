"""Differentiable terms that a fusion network can be trained with.

Every term takes ``(N, C, H, W)`` tensors in [0, 1], fused image first, and returns a scalar: the mean over the batch,
so that a batch split over processes has the same gradient as the whole. A term knows nothing of networks.

The terms for masks (`segmentation`) take what a network says of each pixel, and the truth. Those of physics
(`projection`) and anatomy (`organs`) take activity in its own unit, with the counts of a scan or the organs of a CT.

The terms of a game (`adversarial`) take what a discriminator says of images instead; an `Objective` holds those of both
players.
"""

from medfuse_course.losses.adversarial import (
    LEAST_SQUARES,
    NON_SATURATING,
    SATURATING,
    WASSERSTEIN,
    Objective,
    gradient_penalty,
)
from medfuse_course.losses.alignment import coral, info_nce
from medfuse_course.losses.consistency import gradient_correlation, gradient_ssim
from medfuse_course.losses.edges import qabf
from medfuse_course.losses.gradient import gradient_to_stronger, sobel
from medfuse_course.losses.information import information_lost, soft_mi, soft_nmi
from medfuse_course.losses.intensity import l1_to_max, l1_to_mean, l1_to_weighted, lifted_air
from medfuse_course.losses.organs import organ_means_kept, organs_alike
from medfuse_course.losses.perceptual import perceptual
from medfuse_course.losses.projection import attenuation_closure, project, projection_consistency, uptake_outside
from medfuse_course.losses.readability import activity_read, anatomy_read, correlation, scd
from medfuse_course.losses.region_information import region_information
from medfuse_course.losses.saliency import abundance_weights, saliency_weighted
from medfuse_course.losses.segmentation import boundary, region_weights, soft_dice, weighted_cross_entropy
from medfuse_course.losses.structure import (
    contrast_structure,
    ms_ssim,
    ssim,
    ssim_each,
    ssim_to_sources,
    structure_to_stronger,
)
from medfuse_course.losses.visual_information import vif

__all__ = [
    "LEAST_SQUARES",
    "NON_SATURATING",
    "SATURATING",
    "WASSERSTEIN",
    "Objective",
    "abundance_weights",
    "activity_read",
    "anatomy_read",
    "attenuation_closure",
    "boundary",
    "contrast_structure",
    "coral",
    "correlation",
    "gradient_correlation",
    "gradient_penalty",
    "gradient_ssim",
    "gradient_to_stronger",
    "info_nce",
    "information_lost",
    "l1_to_max",
    "l1_to_mean",
    "l1_to_weighted",
    "lifted_air",
    "ms_ssim",
    "organ_means_kept",
    "organs_alike",
    "perceptual",
    "project",
    "projection_consistency",
    "qabf",
    "region_information",
    "region_weights",
    "saliency_weighted",
    "scd",
    "sobel",
    "soft_dice",
    "soft_mi",
    "soft_nmi",
    "ssim",
    "ssim_each",
    "ssim_to_sources",
    "structure_to_stronger",
    "uptake_outside",
    "vif",
    "weighted_cross_entropy",
]
