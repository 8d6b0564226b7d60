"""Signal equations against a published worked example and the Ernst angle."""

import math

import pytest

from medfuse_course.physics import spin_echo_signal, spoiled_echo_signal


@pytest.mark.parametrize(
    # Young et al., Quant. Imaging Med. Surg. 10 (2020) 1080, table 5: white matter in SE 600/20, factors in percent.
    ("tissue", "percent"),
    [((0.61, 1e-6, 1e12), 61), ((1.0, 510, 1e12), 69), ((1.0, 1e-6, 67), 74), ((0.61, 510, 67), 61 * 69 * 74 / 1e4)],
)
def test_spin_echo_of_white_matter_as_published(tissue, percent):
    signal = 100 * spin_echo_signal(*tissue, tr_ms=600, te_ms=20)
    assert signal == pytest.approx(percent, abs=0.5)


def test_spoiled_echo_by_hand():
    # T1 = TR / ln 2 gives E = 1/2; at 60 degrees sin = sqrt(3)/2 and cos = 1/2: sqrt(3)/2 * (1/2) / (3/4) = 1/sqrt(3)
    signal = spoiled_echo_signal(1.0, 10 / math.log(2), 50, tr_ms=10, te_ms=50 * math.log(2), flip_degrees=60)
    assert signal == pytest.approx(0.5 / math.sqrt(3))


def test_spoiled_echo_is_largest_at_the_ernst_angle():
    def at(angle):
        return spoiled_echo_signal(0.7, 760, 77, tr_ms=22, te_ms=5, flip_degrees=angle)

    ernst = math.degrees(math.acos(math.exp(-22 / 760)))
    assert at(ernst) > max(at(ernst - 0.5), at(ernst + 0.5))


def test_a_small_angle_leaves_nearly_all_for_the_next_echo():
    """Far below the Ernst angle the signal is ``density * sin(flip) * exp(-TE / T2)``, whatever T1 is."""
    signal = spoiled_echo_signal(0.7, 760, 77, tr_ms=22, te_ms=5, flip_degrees=0.5)
    assert signal == pytest.approx(0.7 * math.sin(math.radians(0.5)) * math.exp(-5 / 77), rel=2e-3)


def test_no_protons_give_no_signal_and_an_echo_at_once_has_lost_nothing():
    assert spin_echo_signal(0, 500, 70, tr_ms=600, te_ms=20) == 0
    assert spin_echo_signal(1, 500, 70, tr_ms=500 * math.log(2), te_ms=0) == pytest.approx(0.5)
    assert spin_echo_signal(1, 500, 70, tr_ms=0, te_ms=20) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"density": -1}, "density: expected a number >= 0"),
        ({"t1_ms": 0}, "t1_ms: expected a number > 0"),
        ({"t2_ms": math.nan}, "t2_ms: expected a number > 0"),
        ({"te_ms": -1}, "te_ms: expected a number >= 0"),
        ({"tr_ms": 0}, "tr_ms: expected a number > 0"),
        ({"flip_degrees": 0}, r"flip_degrees: expected an angle in \(0, 90\]"),
        ({"flip_degrees": 91}, r"flip_degrees: expected an angle in \(0, 90\]"),
    ],
)
def test_impossible_tissue_and_sequences_are_answered(change, words):
    usual = {"density": 1, "t1_ms": 500, "t2_ms": 70, "tr_ms": 20, "te_ms": 5, "flip_degrees": 30}
    with pytest.raises(ValueError, match=words):
        spoiled_echo_signal(**{**usual, **change})
