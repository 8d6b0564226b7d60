import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.color import apply_table, fuse_luminance, gray_to_rgb, lab_to_rgb
from medfuse_course.metrics import MetricWarning, evaluate
from tests.metrics.scenes import sources

A, B = sources(24)
HOT = apply_table(B, "hot")


def error(f, a, b):
    return evaluate(f, a, b, "hue_error")["hue_error"]


def tone(*angles, chroma=20.0, lightness=60.0):
    """One row of colors by their hue in degrees."""
    turn = np.radians(np.array(angles, float))
    lab = [np.full(turn.shape, lightness), chroma * np.cos(turn), chroma * np.sin(turn)]
    return lab_to_rgb(np.stack(lab, axis=-1)[np.newaxis])


@given(hue=st.floats(0, 360), turn=st.floats(-180, 180))
def test_a_turn_of_the_hue_is_its_error(hue, turn):
    source = tone(hue)
    assert error(tone(hue + turn), np.zeros((1, 1), np.float32), source) == pytest.approx(abs(turn), abs=0.05)


def test_strong_colors_count_more():
    source = np.concatenate([tone(0, chroma=30), tone(0, chroma=10)])
    f = np.concatenate([tone(40, chroma=30), tone(0, chroma=10)])
    assert error(f, source, source) == pytest.approx(30 * 40 / (30 + 10), abs=0.05)


def test_lightness_and_saturation_do_not_count():
    source = tone(0, 100, 200, 300)
    assert error(tone(0, 100, 200, 300, chroma=12, lightness=75), source, source) == pytest.approx(0, abs=0.1)


def test_a_lost_color_counts_as_a_random_one():
    assert error(np.full((1, 2), 0.5, np.float32), tone(10, 20), tone(10, 20)) == pytest.approx(90)
    hues = np.random.default_rng(0).uniform(0, 360, 4000)
    assert error(tone(*hues), tone(*[50] * 4000), np.zeros((1, 4000), np.float32)) == pytest.approx(90, abs=2)


def test_gray_in_three_channels_is_gray():
    assert error(gray_to_rgb(A), A, HOT) == error(A, gray_to_rgb(A), HOT) == pytest.approx(90)


def test_the_more_colorful_source_sets_the_hue():
    strong, weak = tone(30, chroma=30), tone(90, chroma=10)
    assert error(tone(30), strong, weak) == pytest.approx(0, abs=0.05)
    assert error(tone(30), weak, strong) == pytest.approx(0, abs=0.05)
    assert error(tone(90), weak, strong) == pytest.approx(60, abs=0.05)


def test_fusing_the_luminance_keeps_the_hue_and_swapping_channels_does_not():
    fused = fuse_luminance(A, HOT, lambda a, b: (a + b) / 2)
    assert error(HOT, A, HOT) == 0
    assert error(fused, A, HOT) < 15
    assert error(np.ascontiguousarray(HOT[..., ::-1]), A, HOT) > 60


def test_without_color_there_is_no_hue():
    for images in ((HOT, A, B), (A, gray_to_rgb(A), B), (HOT, np.zeros_like(HOT), B)):
        with pytest.warns(MetricWarning, match="hue_error is NaN: neither source has color"):
            assert np.isnan(error(*images))
