"""Forward models: how tissue becomes signal, what the scanner adds, and how an image is made of it."""

from medfuse_course.physics.attenuation import MU_WATER, hu_to_mu, survival
from medfuse_course.physics.counting import thin_counts
from medfuse_course.physics.ct import ct_counts, ct_line_integrals, ct_logarithm, reconstruct_ct
from medfuse_course.physics.expectation_maximization import mlem, poisson_log_likelihood
from medfuse_course.physics.filtered_backprojection import RampWindow, filtered_backprojection, ramp_filter
from medfuse_course.physics.mr_signal import spin_echo_signal, spoiled_echo_signal
from medfuse_course.physics.noise import poisson_counts, rician_noise
from medfuse_course.physics.pet import pet_background, pet_expected, reconstruct_pet
from medfuse_course.physics.point_spread import FWHM_PER_SIGMA, gaussian_blur
from medfuse_course.physics.projector import Projector, parallel_projector
from medfuse_course.physics.spect import spect_projector, spect_survival

__all__ = [
    "FWHM_PER_SIGMA",
    "MU_WATER",
    "Projector",
    "RampWindow",
    "ct_counts",
    "ct_line_integrals",
    "ct_logarithm",
    "filtered_backprojection",
    "gaussian_blur",
    "hu_to_mu",
    "mlem",
    "parallel_projector",
    "pet_background",
    "pet_expected",
    "poisson_counts",
    "poisson_log_likelihood",
    "ramp_filter",
    "reconstruct_ct",
    "reconstruct_pet",
    "rician_noise",
    "spect_projector",
    "spect_survival",
    "spin_echo_signal",
    "spoiled_echo_signal",
    "survival",
    "thin_counts",
]
