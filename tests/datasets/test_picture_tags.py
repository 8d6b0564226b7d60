"""What a picture's tags say counts: none of these files was read right without them."""

import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from medfuse_course.datasets import png16
from medfuse_course.datasets.image_files import ImageFileError, read_image
from medfuse_course.datasets.picture_tags import upright

ON_DISK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What each orientation does to a picture, from the table of the EXIF standard, by turns and mirrors alone.
SEEN = {
    1: lambda x: x, 2: np.fliplr, 3: lambda x: np.rot90(x, 2), 4: np.flipud, 5: lambda x: np.rot90(np.flipud(x), -1),
    6: lambda x: np.rot90(x, -1), 7: lambda x: np.rot90(np.flipud(x)), 8: lambda x: np.rot90(x),
}  # fmt: skip


def levels(bits: int, *shape: int, seed: int = 0) -> np.ndarray:
    kind = np.uint8 if bits <= 8 else np.uint16
    return np.random.default_rng(seed).integers(0, 2**bits, shape).astype(kind)


def packed_tiff(values: np.ndarray, bits: int) -> bytes:
    """A gray TIFF of any number of bits, written by hand: one strip, rows padded to whole bytes."""
    rows = []
    for row in values:
        text = "".join(f"{int(v):0{bits}b}" for v in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    height, width = values.shape
    body = b"".join(rows)
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 0), (277, 3, 1),
            (278, 4, height), (279, 4, len(body))]  # fmt: skip
    begin = 8 + 2 + 12 * len(tags) + 4
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, kind, value in tags:
        value = begin if tag == 273 else value
        head += struct.pack("<HHI", tag, kind, 1) + (
            struct.pack("<I", value) if kind == 4 else struct.pack("<HH", value, 0)
        )
    return head + bytes(4) + body


@pytest.mark.parametrize("orientation", SEEN)
def test_arrays_are_turned_as_exif_says(orientation: int) -> None:
    stored = levels(8, 3, 4)
    np.testing.assert_array_equal(upright(stored, orientation), SEEN[orientation](stored))
    np.testing.assert_array_equal(upright(stored, 0), stored)


@pytest.mark.parametrize("orientation", SEEN)
@pytest.mark.parametrize("kind", ["raw.tif", "packed.tif", "deep.tif", "deep_rgb.tif", "x.png", "deep.png", "x.jpg"])
def test_a_picture_is_seen_upright_whatever_holds_it(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / kind
    deep = "deep" in kind
    stored = levels(16 if deep else 8, 20, 24, *([3] if "rgb" in kind else []))
    exif = Pillow.Exif()
    exif[274] = orientation
    if kind == "packed.tif":
        Pillow.fromarray(stored).save(path, compression="tiff_adobe_deflate", tiffinfo={274: orientation})
    elif path.suffix == ".tif":
        tifffile.imwrite(
            path, stored, extratags=[(274, "H", 1, orientation, True)], photometric="rgb" if "rgb" in kind else None
        )
    elif kind == "deep.png":
        whole = png16.encode(stored[..., None])
        at = whole.index(b"IDAT") - 4
        path.write_bytes(whole[:at] + png16._chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + whole[at:])
    else:
        Pillow.fromarray(stored).save(path, exif=exif, **({"quality": 100} if kind == "x.jpg" else {}))
    expected = SEEN[orientation](stored) / (65535 if deep else 255)
    np.testing.assert_allclose(read_image(path), expected, atol=0.01 if kind == "x.jpg" else 1e-6)


@given(
    st.sampled_from([8, 16]), st.sampled_from(["minisblack", "miniswhite"]), st.sampled_from("<>"), st.integers(0, 99)
)
@ON_DISK
def test_black_is_where_the_file_says(tmp_path: Path, bits: int, black: str, order: str, seed: int) -> None:
    stored = levels(bits, 7, 9, seed=seed)
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric=black, byteorder=order)
    share = stored / (2**bits - 1)
    if (bits, black, order) == (16, "miniswhite", ">"):  # Pillow knows no such file
        with pytest.raises(ImageFileError, match="not an image that can be read"):
            read_image(tmp_path / "x.tif")
        return
    np.testing.assert_allclose(read_image(tmp_path / "x.tif"), share if black == "minisblack" else 1 - share, atol=1e-6)


def test_white_is_the_largest_number_of_its_bits(tmp_path: Path) -> None:
    stored = levels(12, 7, 9)
    (tmp_path / "x.tif").write_bytes(packed_tiff(stored, 12))
    np.testing.assert_allclose(read_image(tmp_path / "x.tif"), stored / 4095, atol=1e-6)


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_sixteen_bits_of_color_are_kept(tmp_path: Path, planes: str) -> None:
    stored = levels(16, 7, 9, 3)
    given = stored if planes == "contig" else stored.transpose(2, 0, 1).copy()
    tifffile.imwrite(tmp_path / "x.tif", given, photometric="rgb", planarconfig=planes)
    np.testing.assert_allclose(read_image(tmp_path / "x.tif"), stored / 65535, atol=1e-6)


@pytest.mark.parametrize("kind", [np.int8, np.int16])
def test_numbers_with_a_sign_have_no_black(tmp_path: Path, kind: type) -> None:
    tifffile.imwrite(tmp_path / "x.tif", levels(7, 7, 9).astype(kind))
    with pytest.raises(ImageFileError, match=r"x\.tif: holds whole numbers with a sign"):
        read_image(tmp_path / "x.tif")


def test_a_transparent_color_of_a_deep_png_is_refused_where_it_occurs(tmp_path: Path) -> None:
    stored = levels(16, 7, 9)
    whole = png16.encode(stored[..., None])
    at = whole.index(b"IDAT") - 4
    absent = next(v for v in range(65536) if v not in stored)
    for name, value in (("there", int(stored[2, 3])), ("absent", absent)):
        chunk = png16._chunk(b"tRNS", struct.pack(">H", value))
        (tmp_path / f"{name}.png").write_bytes(whole[:at] + chunk + whole[at:])
    with pytest.raises(ImageFileError, match="transparent pixels"):
        read_image(tmp_path / "there.png")
    np.testing.assert_allclose(read_image(tmp_path / "absent.png"), stored / 65535, atol=1e-6)


@pytest.mark.parametrize(("bits", "key"), [(2, 0), (2, 3), (2, 255), (4, 2), (4, 0x12), (8, 7), (8, 0x107)])
def test_of_a_transparent_gray_as_many_bits_count_as_a_sample_has(tmp_path: Path, bits: int, key: int) -> None:
    clear, other = key % 2**bits, (key + 1) % 2**bits
    for name, sample in (("there", clear), ("absent", other)):
        byte = sum(sample << at for at in range(0, 8, bits))
        rows = (b"\0" + bytes([byte]) * (2 * bits)) * 16
        head, body = struct.pack(">IIBBBBB", 16, 16, bits, 0, 0, 0, 0), zlib.compress(rows)
        parts = [(b"IHDR", head), (b"tRNS", struct.pack(">H", key)), (b"IDAT", body), (b"IEND", b"")]
        (tmp_path / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png16._chunk(*part) for part in parts))
    with pytest.raises(ImageFileError, match="transparent pixels"):
        read_image(tmp_path / "there.png")
    np.testing.assert_allclose(read_image(tmp_path / "absent.png"), other / (2**bits - 1), atol=1e-6)


def test_reading_in_threads_leaves_the_warning_filters_alone(tmp_path: Path) -> None:
    Pillow.fromarray(levels(8, 64, 64)).save(tmp_path / "x.png")
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [read_image(tmp_path / "x.png") for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
