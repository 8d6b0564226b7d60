"""Pictures that end too early are refused, and none that is whole."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageFile

from medfuse_course.datasets.image_files import ImageFileError, read_image

ON_DISK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (6, 8)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Each 8 x 8 block of an interlaced PNG by the pass that brings the pixel: the table of RFC 2083, section 2.6.
PASSES = np.array([[int(c) for c in row] for row in (
    "16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777",
)])  # fmt: skip


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(samples: np.ndarray, color: int, bits: int, interlaced: bool, keep: float = 1.0) -> bytes:
    """A PNG of ``(H, W, C)`` samples, by hand; of its filtered rows only a part."""
    height, width, _ = samples.shape
    number = (
        np.tile(PASSES, (-(-height // 8), -(-width // 8)))[:height, :width] if interlaced else np.ones((height, width))
    )
    rows = b""
    for one in np.unique(number):
        for line, own in zip(samples, number == one, strict=True):
            if own.any():
                text = "".join(f"{int(v):0{bits}b}" for v in line[own].ravel())
                text += "0" * (-len(text) % 8)
                rows += b"\0" + int(text, 2).to_bytes(len(text) // 8, "big")
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, int(interlaced))
    palette = chunk(b"PLTE", bytes(v for v in range(256) for _ in "rgb")) if color == 3 else b""
    body = zlib.compress(rows[: int(len(rows) * keep)])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@given(st.sampled_from(KINDS), st.booleans(), st.integers(1, 19), st.integers(1, 21), st.floats(0.0, 0.95))
@ON_DISK
def test_a_png_with_too_few_rows_is_refused_and_a_whole_one_read(tmp_path: Path, kind, interlaced, height, width, keep):
    color, bits = kind
    assume(not (bits == 16 and interlaced))  # these are not read at all
    samples = np.random.default_rng(height * width).integers(0, 2**bits, (height, width, CHANNELS[color]))
    if color in (4, 6):
        samples[..., -1] = 255
    path = tmp_path / "x.png"
    path.write_bytes(png_of(samples, color, bits, interlaced))
    seen = read_image(path)
    shown = samples.repeat(3, axis=2) if color == 3 else samples[..., : 1 if color in (0, 4) else 3]
    np.testing.assert_allclose(seen, np.squeeze(shown, 2) / (2**bits - 1) if shown.shape[2] == 1 else (
        shown / (255 if color == 3 else 2**bits - 1)
    ), atol=1e-6)  # fmt: skip
    path.write_bytes(png_of(samples, color, bits, interlaced, keep))
    with pytest.raises(ImageFileError, match="truncated"):
        read_image(path)


def jpeg_of(picture: np.ndarray, **how) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(picture).save(buffer, "JPEG", **how)
    return buffer.getvalue()


SIDES = st.tuples(st.integers(24, 40), st.integers(24, 40))
HOW = st.fixed_dictionaries({
    "quality": st.integers(60, 95), "optimize": st.booleans(), "restart_marker_blocks": st.integers(0, 3),
    "subsampling": st.sampled_from([0, 1, 2]),
})  # fmt: skip


@given(SIDES, st.booleans(), st.booleans(), st.booleans(), HOW)
@ON_DISK
def test_a_whole_jpeg_is_read(tmp_path: Path, sides, color, flat, progressive, how):
    noise = np.random.default_rng(sum(sides)).integers(0, 256, (*sides, 3) if color else sides, np.uint8)
    (tmp_path / "x.jpg").write_bytes(jpeg_of(noise // 255 if flat else noise, progressive=progressive, **how))
    with Pillow.open(tmp_path / "x.jpg") as picture:
        shown = np.asarray(picture, np.float32) / np.float32(255)
    np.testing.assert_array_equal(read_image(tmp_path / "x.jpg"), shown)


@given(SIDES, st.booleans(), HOW, st.floats(0, 0.9))
@ON_DISK
def test_a_jpeg_that_ends_early_is_refused(tmp_path: Path, sides, color, how, keep):
    noise = np.random.default_rng(sum(sides)).integers(0, 256, (*sides, 3) if color else sides, np.uint8)
    whole = jpeg_of(noise, **how)  # of noise every block counts
    begin = whole.rindex(b"\xff\xda") + 2
    begin += struct.unpack(">H", whole[begin : begin + 2])[0]
    scan = whole[begin:-2]
    kept = scan[: int(len(scan) * keep)].rstrip(b"\xff")
    (tmp_path / "x.jpg").write_bytes(whole[:begin] + kept + b"\xff\xd9")
    with pytest.raises(ImageFileError, match="its last scan ends before the picture does"):
        read_image(tmp_path / "x.jpg")


def test_a_progressive_jpeg_that_ends_early_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)).save(
        buffer, "JPEG", quality=90, progressive=True
    )
    whole = buffer.getvalue()
    (tmp_path / "x.jpg").write_bytes(whole[: len(whole) * 3 // 4] + b"\xff\xd9")
    with pytest.raises(ImageFileError, match="ends before the picture does"):
        read_image(tmp_path / "x.jpg")


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "tif"])
def test_what_somebody_told_pillow_for_the_whole_process_does_not_count(tmp_path: Path, monkeypatch, ending) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    path = tmp_path / f"x.{ending}"
    Pillow.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)).save(path)
    whole = path.read_bytes()
    read_image(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageFileError):
        read_image(path)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
