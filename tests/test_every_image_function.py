"""Public functions that take an image: any image is taken and left alone, and whatever is no image is answered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medfuse_course.color import (
    apply_table,
    gray_to_rgb,
    ihs_to_rgb,
    lab_to_rgb,
    luma,
    rgb_to_ihs,
    rgb_to_lab,
    rgb_to_ycbcr,
    rgb_to_yuv,
    ycbcr_to_rgb,
    yuv_to_rgb,
)
from medfuse_course.color.luminance import fuse_luminance
from medfuse_course.core.checks import to_uint8
from medfuse_course.datasets import misregister
from medfuse_course.datasets.image_files import write_image
from medfuse_course.methods import fuse, synthesize
from medfuse_course.metrics import evaluate
from medfuse_course.plots import line_profile, render_panels, show_images
from tests.methods.every_method import FUSION, marks

ALT = "a picture made by a test"
OTHER = np.full((20, 24), 0.5, np.float32)
GRAY = {
    "fuse second": lambda x: fuse(OTHER, x),
    "synthesize": synthesize,
    "evaluate fused": lambda x: evaluate(x, OTHER, OTHER, "sd"),
    "evaluate source": lambda x: evaluate(OTHER, x, OTHER, "sd"),
    "gray_to_rgb": gray_to_rgb,
    "apply_table": lambda x: apply_table(x, "hot"),
    "misregister": lambda x: misregister(x, shift_mm=(2, 1), rotation_deg=3, spacing=(1, 1)),
    "to_uint8": to_uint8,
    "show_images": lambda x: show_images({"x": x}, alt=ALT),
    "line_profile": lambda x: line_profile({"x": x}, row=3, alt=ALT),
    "render_panels": lambda x: render_panels({"x": x}, panel=32),
}
COLOR = {
    "luma": luma,
    "rgb_to_ycbcr": lambda x: ycbcr_to_rgb(rgb_to_ycbcr(x)),
    "rgb_to_yuv": lambda x: yuv_to_rgb(rgb_to_yuv(x)),
    "rgb_to_ihs": lambda x: ihs_to_rgb(rgb_to_ihs(x)),
    "rgb_to_lab": lambda x: lab_to_rgb(rgb_to_lab(x)),
    "fuse_luminance": lambda x: fuse_luminance(OTHER, x, np.maximum),
    "fuse": lambda x: fuse(x, OTHER),
    "show_images": lambda x: show_images({"x": x}, alt=ALT),
}
METHODS = {m: lambda x, slug=m.slug: fuse(x, OTHER, slug) for m in FUSION}
ALL = [pytest.param(f, (20, 24), id=f"fuse {m.slug}", marks=marks(m)) for m, f in METHODS.items()]
ALL += [pytest.param(f, (20, 24), id=n) for n, f in GRAY.items()]
ALL += [pytest.param(f, (20, 24, 3), id=f"{n} (color)") for n, f in COLOR.items()]


def _layouts(image):
    """The same values, laid out in ways that careless code trips over."""
    frozen = image.copy()
    frozen.flags.writeable = False
    strided = np.repeat(image, 2, axis=1)[:, ::2]
    return st.sampled_from([image, frozen, np.asfortranarray(image), strided, image[::-1][::-1]])


@pytest.mark.parametrize(("function", "shape"), ALL)
@given(data=st.data())
def test_any_image_is_taken_and_left_alone(function, shape, data):
    precision = data.draw(st.sampled_from([np.float32, np.float64]))
    image = data.draw(hnp.arrays(precision, shape, elements=st.floats(0, 1, width=32)))
    view = data.draw(_layouts(image))
    before = view.copy()
    result = function(view)
    np.testing.assert_array_equal(view, before)
    if isinstance(result, np.ndarray) and result.dtype != np.uint8:
        assert result.dtype == np.float32
        assert result.shape[:2] == shape[:2]
        assert np.isfinite(result).all()
        assert -1e-6 <= result.min() <= result.max() <= 1 + 1e-6


class Odd(np.ndarray):
    """A subclass whose ``*`` is not pixel by pixel."""

    def __mul__(self, other):
        return np.zeros_like(np.asarray(self))

    __rmul__ = __mul__


QUICK = [p for p in ALL if "torch" not in str(p.marks)]


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize(("function", "shape"), QUICK)
def test_of_a_subclass_only_the_values_count(function, shape):
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    kinds = [image.view(Odd)] + ([np.asmatrix(image)] if image.ndim == 2 else [])
    expected = function(image)
    for odd in kinds:
        found = function(odd)
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(found, expected)
            assert type(found) is np.ndarray
        elif isinstance(expected, dict):
            assert found == expected


@st.composite
def no_images(draw, shape):
    """Something that comes close to an image and is none."""
    image = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1)))
    place = tuple(draw(st.integers(0, n - 1)) for n in shape)
    bad = draw(
        st.sampled_from(["nan", "inf", "low", "high", "rank", "channels", "empty", "type", "object", "list", "mask"])
    )
    if bad in ("nan", "inf", "low", "high"):
        image[place] = {"nan": np.nan, "inf": -np.inf, "low": -0.1, "high": draw(st.floats(1.01, 1e30))}[bad]
        return image
    return {
        "rank": image[None, ..., None],
        "channels": np.repeat(image.reshape(*shape[:2], -1)[..., :1], 4, axis=2),
        "empty": image[:0],
        "type": (255 * image).astype(draw(st.sampled_from([np.uint8, np.int16, bool, complex]))),
        "object": image.astype(object),
        "list": image.tolist(),
        "mask": np.ma.masked_array(image),
    }[bad]


@pytest.mark.parametrize(("function", "shape"), ALL)
@given(data=st.data())
def test_what_is_no_image_is_answered(function, shape, data):
    with pytest.raises((TypeError, ValueError), match=r"expected .*"):
        function(data.draw(no_images(shape)))


@given(no_images((20, 24)))
def test_no_file_is_left_of_what_is_no_image(tmp_path_factory, image):
    folder = tmp_path_factory.mktemp("images")
    for name in ("x.png", "x.npy"):
        with pytest.raises((TypeError, ValueError), match=r"expected .*"):
            write_image(folder / name, image)
    assert list(folder.iterdir()) == []
