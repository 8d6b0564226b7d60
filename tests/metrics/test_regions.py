import numpy as np
import pytest

from medfuse_course.metrics import region_statistics


def test_statistics_by_hand():
    """1, 3 and 5, 5, 8: means 2 and 6, squared distances 1 and (1 + 1 + 4) / 3."""
    image = np.array([[1.0, 3.0, 0.0], [5.0, 5.0, 8.0]], np.float32)
    upper, lower = np.array([[1, 1, 0], [0, 0, 0]], bool), np.array([[0, 0, 0], [1, 1, 1]], bool)
    found = region_statistics(image, {"lung": upper, "liver": lower})
    assert list(found) == ["lung", "liver"] and found["lung"] == (2, 1)
    assert found["liver"].sd == pytest.approx(2**0.5) and found["liver"].snr == pytest.approx(6 / 2**0.5)
    assert region_statistics(np.ones((2, 3)), {"even": upper})["even"].snr == float("inf")


def test_what_is_no_region_is_answered():
    with pytest.raises(ValueError, match="^regions: expected pixels in 'liver', got none"):
        region_statistics(np.ones((2, 2)), {"liver": np.zeros((2, 2), bool)})
    with pytest.raises(ValueError, match=r"^regions: expected 'liver' on the grid of image, \(2, 2\), got \(3, 2\)"):
        region_statistics(np.ones((2, 2)), {"liver": np.ones((3, 2), bool)})
