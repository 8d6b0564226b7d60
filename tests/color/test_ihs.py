import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.color import ihs_to_rgb, rgb_to_ihs
from tests.color.images import rgb_images


def test_primaries_by_hand():
    primaries = np.eye(3, dtype=np.float32)[np.newaxis]
    root = 2**0.5
    expected = [[1 / 3, -root / 6, 1 / root], [1 / 3, -root / 6, -1 / root], [1 / 3, root / 3, 0]]
    np.testing.assert_allclose(rgb_to_ihs(primaries)[0], expected, atol=1e-7)


def test_hue_of_the_primaries_lies_a_third_of_a_turn_apart_in_scaled_axes():
    primaries = np.eye(3, dtype=np.float32)[np.newaxis]
    _, v1, v2 = np.moveaxis(rgb_to_ihs(primaries)[0], -1, 0)
    hue = np.degrees(np.arctan2(v2, v1 * 3**0.5))  # v1 is shorter than v2 by sqrt(3) in this form
    assert hue == pytest.approx([120, -120, 0], abs=1e-4)


@given(rgb_images(), st.floats(-0.2, 0.2))
def test_a_new_intensity_adds_the_same_to_every_channel(rgb, step):
    rgb = 0.25 + rgb / 2  # so that nothing is clipped
    ihs = rgb_to_ihs(rgb)
    ihs[..., 0] += step
    np.testing.assert_allclose(ihs_to_rgb(ihs), rgb + step, atol=1e-6)
