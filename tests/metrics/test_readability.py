import numpy as np
import pytest

from medfuse_course.metrics import MetricWarning, evaluate

BOTH = ["activity_read", "anatomy_read"]
SIDE = 96
DOWN, ACROSS = np.mgrid[:SIDE, :SIDE] / SIDE


def read(f, a, b):
    values = evaluate(*(np.asarray(image, np.float32) for image in (f, a, b)), BOTH)
    return values["activity_read"], values["anatomy_read"]


def scene():
    """Stripes three pixels wide as anatomy, beside a smooth hill of activity that is bright everywhere."""
    stripes = 0.2 + 0.4 * (np.arange(SIDE) // 3 % 2) * np.ones((SIDE, 1))
    return stripes, 0.4 + 0.5 * np.exp(-((ACROSS - 0.5) ** 2 + (DOWN - 0.5) ** 2) / 0.05)


def test_what_is_a_copy_of_one_source_is_read_for_that_one_alone():
    a, b = scene()
    activity, anatomy = read(a, a, b)
    assert anatomy == pytest.approx(1)
    assert abs(activity) < 0.1
    activity, anatomy = read(b, a, b)
    assert activity == pytest.approx(1)
    assert abs(anatomy) < 0.1


def test_both_are_read_in_the_average_and_the_maximum_hides_the_stripes_under_the_hill():
    a, b = scene()
    assert min(read((a + b) / 2, a, b)) > 0.95
    a = a / 2  # now b is brighter everywhere
    assert read(np.maximum(a, b), a, b) == pytest.approx(read(b, a, b))


def test_the_contrast_does_not_count_but_the_sign_does():
    a, b = scene()
    f = (a + b) / 2
    assert read(0.2 + 0.3 * f, a, b) == pytest.approx(read(f, a, b), abs=1e-5)
    assert read(1 - f, a, b) == pytest.approx([-value for value in read(f, a, b)], abs=1e-5)


def test_by_hand_two_columns_of_activity():
    # b steps from 0.2 to 0.6; far from the step F equals 0.6 and 0.2, so the correlation is -1.
    b = np.where(ACROSS < 0.5, 0.2, 0.6)
    assert read(0.8 - b, b, b)[0] == pytest.approx(-1)
    # A checkerboard of two by two large fields shares half of its levels with b, and half against: 0.
    board = np.where((ACROSS < 0.5) == (DOWN < 0.5), 0.2, 0.6)
    assert read(board, b, b)[0] == pytest.approx(0, abs=1e-6)
    # Half of each: cov / sqrt(var var) = (1/2) / sqrt(1/2).
    f = (b + board) / 2
    assert read(f, b, b)[0] == pytest.approx(np.sqrt(0.5), abs=0.03), "up to the blurred borders"


def test_only_where_b_shows_something():
    a, b = scene()
    b = np.where(ACROSS < 0.5, b, 0)
    f = (a + b) / 2
    other = f.copy()
    other[:, 3 * SIDE // 4 :] = np.random.default_rng(0).random((SIDE, SIDE // 4))  # beyond the reach of the blurs
    assert read(other, a, b) == pytest.approx(read(f, a, b), abs=1e-6)


def test_what_has_no_value_says_so():
    a, b = scene()
    with pytest.warns(MetricWarning, match="fewer than 50 pixels"):
        assert np.isnan(read(a, a, 0 * b)).all()
    with pytest.warns(MetricWarning, match="b is flat"):
        assert np.isnan(read(a, a, 0 * b + 0.5)[0])
    with pytest.warns(MetricWarning, match="a is flat"):
        assert np.isnan(read(a, 0 * a + 0.5, b)[1])
    assert read(0 * a + 0.5, a, b) == (0, 0), "nothing is read in a flat image"
