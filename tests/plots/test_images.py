"""Images side by side, as plotly figures."""

import base64
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from medfuse_course.plots import show_images, signed_to_gray
from medfuse_course.plots.images import color_pixels, encode

ALT = "A gray ramp from black to white"


def ramp(height=32, width=48):
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


def decode(source):
    return np.asarray(PillowImage.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGB"))


def test_small_image_arrives_without_loss():
    figure = show_images({"ramp": ramp()}, alt=ALT)
    assert np.array_equal(decode(figure.data[0].source)[..., 0], np.rint(255 * ramp()).astype(np.uint8))


def test_large_image_is_small_on_the_wire_and_close_to_the_truth():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[-1:1:256j, -1:1:256j]
    head = np.clip(1 - rows**2 - 1.5 * columns**2 + 0.02 * rng.standard_normal((256, 256)), 0, 1).astype(np.float32)
    source = encode(color_pixels(head, "gray"))
    assert len(source) < 20_000
    assert np.abs(decode(source)[..., 0] / 255 - head).mean() < 0.02


def test_color_image_keeps_its_colors():
    rgb = np.zeros((20, 30, 3), np.float32)
    rgb[..., 0], rgb[:, 15:, 2] = 1.0, 0.5
    assert np.array_equal(
        decode(show_images({"c": rgb}, alt=ALT).data[0].source)[0, ::29], [[255, 0, 0], [255, 0, 128]]
    )


def test_colormap_is_that_of_matplotlib():
    from matplotlib import colormaps

    figure = show_images({"ramp": ramp()}, alt=ALT, cmap="magma")
    expected = np.rint(colormaps["magma"](np.rint(255 * ramp()).astype(int))[..., :3] * 255)
    assert np.array_equal(decode(figure.data[0].source), expected)


def test_colormap_can_differ_by_panel():
    figure = show_images({"gray": ramp(), "hot": ramp()}, alt=ALT, cmap={"hot": "hot"})
    gray, hot = (decode(trace.source) for trace in figure.data)
    assert np.ptp(gray, axis=2).max() == 0
    assert np.ptp(hot, axis=2).max() > 100


def test_pixels_are_square_and_axes_hidden():
    figure = show_images({"one": ramp(), "two": ramp(20, 20)}, alt=ALT)
    for number, (height, width) in (("", (32, 48)), ("2", (20, 20))):
        x, y = figure.layout[f"xaxis{number}"], figure.layout[f"yaxis{number}"]
        assert (x.visible, y.visible, y.scaleanchor) == (False, False, f"x{number}")
        assert (x.range, y.range) == ((-0.5, width - 0.5), (height - 0.5, -0.5))


@given(count=st.integers(1, 12), columns=st.integers(1, 6), height=st.integers(1, 40), width=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_panels_lie_on_the_page_and_never_overlap(count, columns, height, width):
    figure = show_images({str(k): ramp(height, width) for k in range(count)}, alt=ALT, columns=columns)
    boxes = []
    for k in range(count):
        number = "" if k == 0 else str(k + 1)
        boxes.append((*figure.layout[f"xaxis{number}"].domain, *figure.layout[f"yaxis{number}"].domain))
    assert all(0 <= left < right <= 1 and 0 <= low < high <= 1 for left, right, low, high in boxes)
    for n, one in enumerate(boxes):
        for other in boxes[:n]:
            assert one[0] >= other[1] or other[0] >= one[1] or one[2] >= other[3] or other[2] >= one[3]


def test_neighbors_are_equal_and_keep_a_gap():
    figure = show_images({str(k): ramp() for k in range(4)}, alt=ALT)
    ends = [figure.layout[f"xaxis{k}"].domain for k in ("", 2, 3, 4)]
    assert np.allclose([right - left for left, right in ends], (700 - 3 * 12) / 4 / 700)
    assert np.allclose([ends[k + 1][0] - ends[k][1] for k in range(3)], 12 / 700)


def test_titles_stand_above_their_panels():
    figure = show_images({"CT": ramp(), "MRI": ramp()}, alt=ALT)
    assert [(a.text, a.xref, a.yref) for a in figure.layout.annotations] == [
        ("CT", "x domain", "y domain"),
        ("MRI", "x2 domain", "y2 domain"),
    ]


def test_long_title_is_broken_into_lines():
    title = "fused by the Laplacian pyramid with five levels"
    lines = show_images({title: ramp()}, alt=ALT).layout.annotations[0].text.split("<br>")
    assert " ".join(lines) == title
    assert max(map(len, lines)) <= 26


def test_marked_row_is_drawn_on_every_panel():
    figure = show_images({"CT": ramp(), "MRI": ramp()}, alt=ALT, mark_row=7)
    assert [(s.xref, s.y0, s.y1) for s in figure.layout.shapes] == [("x", 7, 7), ("x2", 7, 7)]


def test_alt_text_and_paper():
    figure = show_images({"ramp": ramp()}, alt="  A gray ramp\n from black to white ")
    assert figure.layout.meta["alt"] == ALT
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"images": {}}, ValueError, "at least one image"),
        ({"images": [ramp()]}, TypeError, "mapping of title to image"),
        ({"images": {"CT": ramp() * 255}}, ValueError, "images['CT']: expected values in [0, 1]"),
        ({"alt": "short"}, ValueError, "at least 15 characters"),
        ({"alt": " " * 40}, ValueError, "at least 15 characters"),
        ({"alt": None}, TypeError, "alt"),
        ({"cmap": "jet"}, ValueError, "unknown colormap 'jet'"),
        ({"cmap": "viridi"}, ValueError, "did you mean 'viridis'"),
        ({"columns": 0}, ValueError, "columns"),
        ({"mark_row": 32}, ValueError, "from 0 to 31"),
    ],
)
def test_bad_arguments_are_named(arguments, error, said):
    with pytest.raises(error, match=re.escape(said)):
        show_images(**{"images": {"CT": ramp()}, "alt": ALT, **arguments})


def test_signed_band_has_its_zero_in_the_middle():
    band = np.array([[-0.2, 0.0, 0.1, 9.0]])
    assert np.allclose(signed_to_gray(band, limit=0.2), [[0, 0.5, 0.75, 1]])
    assert signed_to_gray(band, limit=0.2).dtype == np.float32
    with pytest.raises(ValueError, match="limit"):
        signed_to_gray(band, limit=0)
