"""The playground reads, or refuses in the same words, what the library reads or refuses; volumes have a slider."""

import warnings
from typing import get_args

import numpy as np
import pytest

from medfuse_course.core.checks import check_image
from medfuse_course.datasets.image_files import read_image
from medfuse_course.datasets.volume import Plane
from medfuse_course.datasets.volume_pair import open_pair
from tests.browser import odd_files
from tests.browser.playground_page import scene, two

GZIP = b"\x1f\x8b"
SAID = (
    "truncated or damaged", "transparent", "interlaced", "pictures; save", "pixels", "expected gray or RGB",
    "not an image", "empty", "3-D volume", "real numbers", "voxels", "no contrast", "not a whole NIfTI",
)  # fmt: skip
"""Parts of what is said of a file that is refused; both the library and the page say one of them."""


def check_refused(hand, name, error):
    """The page refuses a file that the library refuses, and for the same reason."""
    here, there = hand.fault(), str(error)
    assert any(word in here and word in there for word in SAID), f"{name}: {there!r}, the page: {here!r}"
    assert here.startswith(name)


def test_pictures_are_read_or_refused_as_by_the_library(hand, tmp_path):
    for title, data in odd_files.pictures().items():
        name = f"{title}{'.jpg' if 'JPEG' in title else '.png'}"
        (tmp_path / name).write_bytes(data)
        hand.give(a=(name, data), b=(name, data))
        try:
            expected = check_image(read_image(tmp_path / name), name, min_side=16)
            if title == "rows missing":  # Pillow makes them black
                raise ValueError("truncated or damaged")
        except ValueError as error:
            check_refused(hand, name, error)
            continue
        assert not hand.part("fault").is_visible(), hand.part("fault").text_content()
        # A browser's JPEG decoder may round chroma another way than Pillow's.
        close = 2.01 / 255 if "RGB JPEG" in title else 0
        np.testing.assert_allclose(hand.pixels("a"), expected, atol=close, err_msg=title)


def test_volumes_are_read_or_refused_as_by_the_library(hand, tmp_path):
    for title, data in odd_files.volumes().items():
        name = f"{title}.nii{'.gz' if data.startswith(GZIP) else ''}"
        (tmp_path / name).write_bytes(data)
        hand.give(a=(name, data), b=(name, data))
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                pairs = [open_pair(tmp_path / name, tmp_path / name, axis=plane) for plane in get_args(Plane)]
        except ValueError as error:
            check_refused(hand, name, error)
            continue
        assert not hand.part("fault").is_visible(), hand.part("fault").text_content()
        assert hand.part("volume").is_visible(), title
        for note in said:  # which the page says, too, with the file's own name
            assert str(note.message).replace(f"{tmp_path}/", "") in hand.part("note").text_content()
        assert hand.part("note").is_visible() == bool(said)
        found, volume = hand.playground.evaluate("p => p.own.a.volume.affine"), pairs[0].a
        np.testing.assert_allclose(found, volume.affine[:3], atol=1e-5, err_msg=title)
        limits = [float(text) for text in hand.part("limits-a").text_content().split(" to ")]
        assert limits == pytest.approx(pairs[0].window_a.fitted, rel=1e-4, abs=1e-4), title
        for pair in pairs if np.abs(volume.affine - np.eye(4)).max() > 0 else pairs[:1]:
            hand.act(
                f"p.part('plane').value = '{pair.plane}'; await p.fuse({{plane: true}});"
                f"p.part('slice').value = {pair.count - 2}; await p.fuse();"
            )
            assert hand.part("slice").get_attribute("max") == str(pair.count - 1)
            expected = pair.slice(pair.count - 2)[0]
            np.testing.assert_allclose(hand.shown("a"), expected, atol=2e-6, err_msg=f"{title}, {pair.plane}")


def test_what_cannot_be_fused_is_refused_in_words(hand):
    hand.choose("average")
    two(hand, "grids", scene(30, 40, 1), scene(40, 30, 1))
    assert "expected the grid of grids a.png, 30 x 40, got 40 x 30; register and resample" in hand.fault()
    volume = odd_files.volumes()["int16"]
    hand.give(b=("scan.nii", volume))
    assert "grids a.png is a picture, scan.nii is NIfTI" in hand.fault()
    hand.give(a=("other.nii", odd_files.volumes()["flipped"]))
    assert "mm away" in hand.fault() and "medfuse fuse --resample" in hand.fault()
    hand.give(a=("same.nii", volume))
    hand.act("p.part('window-b').value = 'hu:brian'; await p.fuse();")
    assert "no CT window" in hand.fault()
    hand.act("p.part('window-b').value = 'hu:brain'; await p.fuse();")
    assert hand.part("limits-b").text_content() == "0 to 80"
    hand.act("p.part('window-b').value = 'percentile:0.5,99.5'; await p.take('a', [1, 2, 3]);")
    assert "one file, or two at once" in hand.fault()
    for name, data, word in (
        ("scan.dcm", bytes(128) + b"DICM", "dcm2niix"),
        ("scan.tif", b"II*\0" + bytes(99), "save it as PNG"),
        ("notes.txt", b"nothing of the kind", "not an image"),
    ):
        hand.give(a=(name, data))
        assert word in hand.fault() and hand.fault().startswith(name)
    hand.give(a=("huge.png", odd_files.pictures()["huge"]))
    assert "20000 x 20000 is larger than" in hand.fault()


def drop(hand, path, where):
    """Drag a file or folder from the disk onto a part of the page, as a desktop does."""
    place = hand.page.locator(where)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    spot = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    desktop = hand.page.context.new_cdp_session(hand.page)
    for event in ("dragEnter", "dragOver", "drop"):
        desktop.send("Input.dispatchDragEvent", {"type": event, **spot, "data": data})


def test_a_folder_is_no_file_and_what_is_dropped_beside_does_not_open(hand, tmp_path):
    two(hand, "dropped", scene(20, 20, 1), scene(20, 20, 2))
    before, fused = hand.page.url, hand.fused()
    (tmp_path / "beside.png").write_bytes(odd_files.pictures()["8-bit gray"])
    drop(hand, tmp_path / "beside.png", ".play-panels")
    hand.page.wait_for_timeout(300)
    assert len(hand.page.context.pages) == 1 and hand.page.url == before
    np.testing.assert_array_equal(hand.fused(), fused)
    (tmp_path / "scans").mkdir()
    drop(hand, tmp_path / "scans", "[data-side=b]")
    hand.page.wait_for_function("!document.querySelector('[data-part=fault]').hidden")
    assert "scans: cannot be read; it is a folder" in hand.fault()


def test_a_slider_goes_through_the_slices(hand):
    volume = odd_files.volumes()["turned"]
    hand.give(a=("turned.nii", volume), b=("turned.nii", volume))
    slider = hand.part("slice")
    first = hand.fused()
    slider.focus()
    hand.page.keyboard.press("End")
    last = int(slider.get_attribute("max"))
    hand.page.wait_for_function(
        f"document.querySelector('[data-part=slice-said]').textContent === '{last + 1} of {last + 1}'"
    )
    hand.settle()
    assert not np.array_equal(hand.fused(), first)
    assert slider.get_attribute("aria-valuetext") == f"slice {last + 1} of {last + 1}"
