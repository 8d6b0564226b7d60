import matplotlib
import numpy as np
import pytest
from hypothesis import given

from medfuse_course.color import apply_table, luma, rgb_to_lab, tables
from medfuse_course.core.registry import UnknownNameError
from tests.color.images import check_is_pure, gray_images

RAMP = np.linspace(0, 1, 256, dtype=np.float32)[np.newaxis]
every_table = pytest.mark.parametrize("name", tables())


@pytest.mark.parametrize(
    ("name", "tolerance"), [("viridis", 0.012), ("inferno", 0.012), ("gray", 0.001), ("hot", 0.05)]
)
def test_matplotlib_has_the_same_table(name, tolerance):
    expected = matplotlib.colormaps[name](np.arange(256))[:, :3]
    np.testing.assert_allclose(apply_table(RAMP, name)[0], expected, atol=tolerance)


@every_table
def test_any_gray_image_gets_a_color_of_the_screen(name):
    @given(gray_images())
    def law(gray):
        rgb = check_is_pure(lambda image: apply_table(image, name), gray)
        assert rgb.shape == (*gray.shape, 3)
        assert rgb.min() >= 0
        assert rgb.max() <= 1

    law()


@every_table
def test_two_grays_never_share_a_color(name):
    colors = apply_table(RAMP, name)[0]
    distance = np.abs(colors[:, np.newaxis] - colors).sum(axis=-1)
    assert (distance + np.eye(256) > 1e-3).all()


@every_table
def test_only_the_rainbow_has_a_luma_that_falls(name):
    falls = (np.diff(luma(apply_table(RAMP, name))[0]) < -1e-6).any()
    assert falls == (name == "rainbow")


@every_table
def test_uniform_tables_have_even_steps_of_lightness(name):
    steps = np.diff(rgb_to_lab(apply_table(RAMP[:, ::15], name))[0, :, 0])
    uneven = steps.std() / steps.mean()
    # Gray is even too: the encoding of the screen is made for it.
    assert (uneven < 0.2) == (tables()[name].uniform or name == "gray")


def test_tables_cannot_be_changed_through_the_listing():
    with pytest.raises(TypeError):
        tables()["mine"] = None


def test_a_misspelled_table_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="did you mean 'viridis'"):
        apply_table(RAMP, "viridiz")


def test_a_color_image_is_an_error():
    with pytest.raises(ValueError, match="gray: expected a gray image"):
        apply_table(np.zeros((4, 4, 3), np.float32))
