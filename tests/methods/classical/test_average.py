import numpy as np
import pytest

from medfuse_course.methods import fuse

A = np.full((16, 16), 0.2, np.float32)
B = np.full((16, 16), 0.6, np.float32)


@pytest.mark.parametrize(("weight", "value"), [(0.5, 0.4), (0.25, 0.5), (0, 0.6), (1, 0.2)])
def test_by_hand(weight, value):
    np.testing.assert_allclose(fuse(A, B, "average", weight=weight), value, atol=1e-7)


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_outside_its_range_is_named(weight):
    with pytest.raises(ValueError, match="weight: expected a number from 0 to 1, got"):
        fuse(A, B, "average", weight=weight)
