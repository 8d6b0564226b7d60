"""The table of values: every number within what its source gives."""

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


@pytest.mark.parametrize(
    ("tissue", "density", "t1_ms", "t2_ms"),
    [
        ("gray matter", 0.69, 760, 77),  # Young et al. 2020, table 5
        ("white matter", 0.61, 510, 67),
        ("csf", 1.0, 4000, 800),  # what synthetic MRI takes for fluid
        ("eye", 1.0, 4000, 800),
        ("fat", None, 371, 133),  # Rank et al. 2013, table 1
        ("diploe", None, 371, 133),
        ("muscle", None, 1412, 40),
        ("compact bone", None, None, 0.5),
    ],
)
def test_relaxation_times_as_published(tissue, density, t1_ms, t2_ms):
    found = TISSUES[LABELS[tissue]]
    for value, published in ((found.density, density), (found.t1_ms, t1_ms), (found.t2_ms, t2_ms)):
        assert published is None or value == published


def test_what_has_no_source_lies_where_the_table_says():
    """Dura and skin between bone and muscle; a lesion beyond gray matter. Water is densest, and bone has hardly any."""
    found = {tissue.name: tissue for tissue in TISSUES}
    bone, muscle, gray, lesion = (found[name] for name in ("compact bone", "muscle", "gray matter", "lesion"))
    for name in ("dura", "skin"):
        for part in ("density", "t1_ms", "t2_ms"):
            assert getattr(bone, part) < getattr(found[name], part) < getattr(muscle, part)
    assert lesion.t1_ms > gray.t1_ms and lesion.t2_ms > gray.t2_ms
    assert [tissue.name for tissue in TISSUES if tissue.density == 0] == ["air"]
    assert 0 < bone.density < 0.1 and all(0.3 <= t.density <= 1 for t in TISSUES if t.name not in ("air", bone.name))


def test_a_lesion_takes_up_more_than_gray_matter_in_pet_and_in_spect():
    """As in high-grade tumors, whose blood volume is at least 1.75 times that of white matter (Law et al., AJNR 24
    (2003) 1989)."""
    fdg, perfusion = values("fdg"), values("perfusion")
    lesion, gray, white = (LABELS[name] for name in ("lesion", "gray matter", "white matter"))
    for uptake in (fdg, perfusion):
        assert 1 < uptake[lesion] / uptake[gray] < 1.5
    assert perfusion[lesion] / perfusion[white] > 1.75
    assert perfusion[white] == 1, "the unit"


def test_outside_the_brain_hardly_anything_is_taken_up():
    """In SUV muscle at rest has below 1, fat and fluid below a half, against 8 of gray matter and 2 of white. Of blood
    muscle and skin have at most 10 ml/min/100 g, marrow and fat below 4, bone 1, against 20 of white matter."""
    fdg, perfusion = values("fdg"), values("perfusion")
    assert fdg[LABELS["gray matter"]] == 8
    for name, uptake, flow in (
        ("muscle", 1, 10), ("dura", 1, 10), ("skin", 1, 10), ("diploe", 1, 4),
        ("fat", 0.5, 4), ("csf", 0.5, 2), ("eye", 0.5, 2), ("compact bone", 0.5, 1),
    ):  # fmt: skip
        assert 0 < fdg[LABELS[name]] <= uptake, name
        assert 0 < 20 * perfusion[LABELS[name]] <= flow + 1e-6, name


def test_what_one_magnet_would_change_is_what_the_table_says():
    """Fat, marrow and muscle have their times at 3 T; these are those at 1.5 T (Gold et al. 2004)."""
    fat, muscle = (288, 165), (1130, 35.3)
    for name, (t1, t2) in {"diploe": fat, "muscle": muscle}.items():
        tissue = TISSUES[LABELS[name]]
        short = 1e4 * spoiled_echo_signal(tissue.density, t1, t2, tr_ms=22, te_ms=5, flip_degrees=30)
        assert short / mr_signals("t1")[LABELS[name]] == pytest.approx(1.2, abs=0.03)
    late = 1e3 * spin_echo_signal(TISSUES[LABELS["muscle"]].density, *muscle, tr_ms=4500, te_ms=100)
    assert late / mr_signals("t2")[LABELS["muscle"]] == pytest.approx(0.74, abs=0.03)
