"""The table of values: every number within what its source gives."""

import numpy as np
import pytest

from medfuse_course.datasets.head.tissues import LABELS, TISSUES, mr_signals, values
from medfuse_course.physics import spin_echo_signal, spoiled_echo_signal


@pytest.mark.parametrize(
    # HU: Prokop 2003 and common teaching; see the module's docstring.
    ("tissue", "low", "high"),
    [
        ("air", -1000, -1000),
        ("csf", 0, 15),
        ("gray matter", 33, 45),
        ("white matter", 20, 30),
        ("compact bone", 700, 3000),
        ("diploe", 300, 700),
        ("fat", -100, -50),
        ("muscle", 40, 60),
        ("eye", 0, 20),
    ],
)
def test_ct_numbers(tissue, low, high):
    assert low <= values("hu")[LABELS[tissue]] <= high


def test_gray_takes_up_four_times_as_much_fdg_and_two_and_a_half_times_as_much_blood_as_white():
    fdg, perfusion = values("fdg"), values("perfusion")
    gray, white = LABELS["gray matter"], LABELS["white matter"]
    assert fdg[gray] / fdg[white] == pytest.approx(4)
    assert perfusion[gray] / perfusion[white] == pytest.approx(2.5)
    assert fdg[LABELS["csf"]] < 0.1 * fdg[gray]
    assert fdg[LABELS["air"]] == perfusion[LABELS["air"]] == 0


def test_t1_weighting_shows_white_over_gray_over_fluid_and_t2_the_reverse():
    white, gray, fluid = (LABELS[name] for name in ("white matter", "gray matter", "csf"))
    t1, t2 = mr_signals("t1"), mr_signals("t2")
    assert t1[white] > 1.1 * t1[gray] and t1[gray] > 1.5 * t1[fluid]
    assert t2[fluid] > 1.5 * t2[gray] and t2[gray] > 1.1 * t2[white]


@pytest.mark.parametrize("contrast", ["t1", "t2"])
def test_fat_is_bright_and_bone_gives_no_signal(contrast):
    signal = mr_signals(contrast)
    assert signal[LABELS["fat"]] > 1.5 * signal[LABELS["gray matter"]]
    assert signal[LABELS["compact bone"]] < 0.02 * signal[LABELS["gray matter"]]
    assert signal[LABELS["air"]] == 0


def test_a_lesion_shows_in_mri_and_fdg_and_hides_in_ct():
    lesion, gray = LABELS["lesion"], LABELS["gray matter"]
    assert mr_signals("t2")[lesion] > 1.5 * mr_signals("t2")[gray]
    assert mr_signals("t1")[lesion] < mr_signals("t1")[gray]
    assert values("fdg")[lesion] > values("fdg")[gray]
    assert values("hu")[LABELS["white matter"]] < values("hu")[lesion] < values("hu")[gray]


def test_white_matter_as_published():
    white = TISSUES[LABELS["white matter"]]
    assert (white.density, white.t1_ms, white.t2_ms) == (0.61, 510, 67)  # Young et al. 2020, table 5
    assert np.isfinite([list(vars(t).values())[1:] for t in TISSUES]).all()


def test_what_one_magnet_would_change_is_what_the_table_says():
    """Fat, marrow and muscle have their times at 3 T; these are those at 1.5 T (Gold et al. 2004)."""
    fat, muscle = (288, 165), (1130, 35.3)
    for name, (t1, t2) in {"diploe": fat, "muscle": muscle}.items():
        tissue = TISSUES[LABELS[name]]
        short = 1e4 * spoiled_echo_signal(tissue.density, t1, t2, tr_ms=22, te_ms=5, flip_degrees=30)
        assert short / mr_signals("t1")[LABELS[name]] == pytest.approx(1.2, abs=0.03)
    late = 1e3 * spin_echo_signal(TISSUES[LABELS["muscle"]].density, *muscle, tr_ms=4500, te_ms=100)
    assert late / mr_signals("t2")[LABELS["muscle"]] == pytest.approx(0.74, abs=0.03)
