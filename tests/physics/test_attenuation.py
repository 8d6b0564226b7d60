"""Attenuation: textbook numbers at both energies."""

import numpy as np
import pytest

from medfuse_course.physics import hu_to_mu, parallel_projector, survival
from tests.physics.test_projector import disk


def test_water_and_air():
    np.testing.assert_allclose(hu_to_mu(np.array([-1024.0, -1000, 0]), 511), [0, 0, 0.0096], atol=1e-8)
    np.testing.assert_allclose(hu_to_mu(np.array([-1000.0, 0]), 140), [0, 0.0154], atol=1e-8)


def test_bone_at_511_kev_as_published():
    # Carney et al. 2006, 120 kVp, above 47 HU: mu = 5.10e-5 (HU + 1000) + 4.71e-2 per cm.
    hu = np.array([47.0, 300, 1000, 2000])
    np.testing.assert_allclose(10 * hu_to_mu(hu, 511), 5.10e-5 * (hu + 1000) + 4.71e-2, rtol=1e-3)


@pytest.mark.parametrize(("energy", "water", "bone"), [(140, 0.0154, 0.0295), (511, 0.0096, 5.10e-6 * 2439 + 4.71e-3)])
def test_the_line_of_bone_begins_at_47_hu_and_passes_through_cortical_bone(energy, water, bone):
    """NIST's bone at 140 keV, Carney's line at 511 keV, both at 1439 HU; half-way between lies their mean."""
    ends = [water * 1.047, bone]
    np.testing.assert_allclose(hu_to_mu(np.array([47, 1439, 743]), energy), [*ends, np.mean(ends)], rtol=1e-6)


def test_bone_at_both_energies_as_calculated():
    # Bone as hydroxyapatite of 1.8 g/ml: per cm 0.42 at 80 keV, 0.27 at 140, 0.155 at 511; water 0.18, 0.15 and 0.096
    # (J. Nucl. Med., table of linear attenuation coefficients; coherent scatter left out). CT acts like 70 to 80 keV.
    hu = np.array([1000 * (0.42 - 0.18) / 0.18])
    assert 10 * hu_to_mu(hu, 140)[0] == pytest.approx(0.27, rel=0.1)
    assert 10 * hu_to_mu(hu, 511)[0] == pytest.approx(0.155, rel=0.1)


def test_bone_slope_at_140_kev_lies_near_a_measured_one():
    # Brown et al., Appl. Radiat. Isot. 66 (2008) 1206: 1.14e-4 per cm and HU, and 0.573e-4 at 511 keV.
    slope = np.diff(10 * hu_to_mu(np.array([200.0, 1200]), 140))[0] / 1000
    assert slope == pytest.approx(1.14e-4, rel=0.2)
    flatter = np.diff(10 * hu_to_mu(np.array([200.0, 1200]), 511))[0] / 1000
    assert slope / flatter == pytest.approx(1.14 / 0.573, rel=0.1)


def test_the_two_lines_meet_and_rise():
    hu = np.linspace(-1000, 2000, 3001)
    for energy in (140, 511):
        steps = np.diff(hu_to_mu(hu, energy))
        assert (steps > 0).all() and steps.max() < 2 * MEAN[energy]


MEAN = {140: 0.0154 / 1000, 511: 0.0096 / 1000}


def test_twenty_centimeters_of_water_weaken_annihilation_photons_by_6_8():
    size, spacing = 65, 4.0
    water = np.where(disk(size, 100 / spacing) > 0, 0.0, -1000.0)
    mu = hu_to_mu(water, 511) * disk(size, 100 / spacing)
    through_the_middle = survival(mu, parallel_projector(size, 8), spacing)[:, size // 2]
    np.testing.assert_allclose(1 / through_the_middle, 6.8, rtol=0.02)


def test_nothing_weakens_nothing():
    np.testing.assert_array_equal(survival(np.zeros((24, 24)), parallel_projector(24, 10), 2.0), 1)


def test_other_energies_and_missing_values_are_answered():
    with pytest.raises(ValueError, match="expected 140 or 511, got 364"):
        hu_to_mu(np.zeros(3), 364)
    with pytest.raises(ValueError, match="hu: expected finite"):
        hu_to_mu(np.array([np.nan]), 511)
