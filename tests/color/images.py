"""Images for the color tests: strategies, and the laws that every function taking an image obeys."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SIDES = st.integers(1, 9)
UNIT = st.floats(0, 1, width=32)


@st.composite
def gray_images(draw):
    """``(H, W)`` in [0, 1]."""
    return draw(hnp.arrays(np.float32, (draw(SIDES), draw(SIDES)), elements=UNIT))


@st.composite
def rgb_images(draw):
    """``(H, W, 3)`` in [0, 1]."""
    return draw(hnp.arrays(np.float32, (draw(SIDES), draw(SIDES), 3), elements=UNIT))


def check_is_pure(function, image):
    """The input stays as it is, may be read-only, need not be contiguous, and may be float64."""
    before = image.copy()
    result = function(image)
    np.testing.assert_array_equal(image, before)
    assert result.dtype == np.float32
    assert not np.shares_memory(result, image)
    frozen = image.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(function(frozen), result)
    scattered = np.repeat(np.repeat(image, 2, axis=0), 3, axis=1)[::2, ::3]
    np.testing.assert_array_equal(function(scattered), result)
    np.testing.assert_array_equal(function(image.astype(np.float64)), result)
    return result
