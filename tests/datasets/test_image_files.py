"""Pictures in files: what goes in comes out, and whatever is no picture is answered in one sentence."""

import io
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as Pillow

from medfuse_course.core.files import atomic_path
from medfuse_course.datasets import png16
from medfuse_course.datasets.image_files import ImageFileError, read_image, write_image

PICTURES = st.one_of(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.floats(0, 1, width=32)),
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)), elements=st.floats(0, 1, width=32)
    ),
)
ON_DISK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def ramp() -> np.ndarray:
    return np.linspace(0, 1, 32 * 24, dtype=np.float32).reshape(32, 24)


@given(PICTURES)
@ON_DISK
def test_npy_round_trip_is_exact(tmp_path: Path, image: np.ndarray) -> None:
    write_image(tmp_path / "x.npy", image)
    back = read_image(tmp_path / "x.npy")
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, image)


@given(PICTURES, st.sampled_from([8, 16]))
@ON_DISK
def test_png_round_trip_is_exact_to_half_a_step(tmp_path: Path, image: np.ndarray, bits: int) -> None:
    write_image(tmp_path / "x.png", image, bits=bits)
    back = read_image(tmp_path / "x.png")
    assert back.shape == image.shape
    np.testing.assert_allclose(back, image, rtol=0, atol=0.5 / (2**bits - 1) + 1e-7)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_png_of_its_own_values_repeats_to_the_byte(tmp_path: Path, bits: int, shape: tuple[int, ...]) -> None:
    levels = np.random.default_rng(0).integers(0, 2**bits, shape)
    write_image(tmp_path / "1.png", (levels / (2**bits - 1)).astype(np.float32), bits=bits)
    write_image(tmp_path / "2.png", read_image(tmp_path / "1.png"), bits=bits)
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    np.testing.assert_array_equal(np.rint(read_image(tmp_path / "1.png") * (2**bits - 1)), levels)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("ending", ["png", "bmp", "tif"])
def test_reads_what_pillow_wrote(tmp_path: Path, mode: str, ending: str) -> None:
    levels = np.random.default_rng(1).integers(0, 256, (9, 6) + ((3,) if mode == "RGB" else ()), np.uint8)
    Pillow.fromarray(levels).save(tmp_path / f"x.{ending}")
    np.testing.assert_array_equal(read_image(tmp_path / f"x.{ending}"), levels.astype(np.float32) / np.float32(255))


def test_pillow_reads_our_16_bit_gray(tmp_path: Path) -> None:
    write_image(tmp_path / "x.png", np.array([[0, 0.25], [0.5, 1]], np.float32), bits=16)
    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "x.png")), [[0, 16384], [32768, 65535]])


def test_reads_jpeg_nearly(tmp_path: Path, ramp: np.ndarray) -> None:
    Pillow.fromarray(np.uint8(ramp * 255)).save(tmp_path / "x.jpg", quality=95)
    np.testing.assert_allclose(read_image(tmp_path / "x.jpg"), ramp, atol=0.03)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_reads_deep_tiff(tmp_path: Path, dtype: type, ramp: np.ndarray) -> None:
    stored = np.rint(ramp * 65535).astype(np.uint16) if dtype == np.uint16 else ramp
    Pillow.fromarray(stored).save(tmp_path / "x.tif")
    np.testing.assert_allclose(read_image(tmp_path / "x.tif"), ramp, atol=1e-5)


def test_palette_becomes_rgb(tmp_path: Path) -> None:
    picture = Pillow.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), [[[1, 0, 0], [0, 0, 1]]])


def test_bilevel_becomes_zero_and_one(tmp_path: Path) -> None:
    Pillow.fromarray(np.array([[True, False, True]])).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), [[1, 0, 1]])


@pytest.mark.parametrize(("mode", "shape"), [("LA", (4, 4)), ("RGBA", (4, 4, 3))])
def test_opaque_alpha_goes_and_a_transparent_one_is_refused(tmp_path: Path, mode: str, shape: tuple[int, ...]) -> None:
    Pillow.new(mode, (4, 4), (7,) * (len(mode) - 1) + (255,)).save(tmp_path / "opaque.png")
    Pillow.new(mode, (4, 4), (7,) * (len(mode) - 1) + (254,)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "opaque.png").shape == shape
    with pytest.raises(ImageFileError, match=r"transparent pixels.*flatten"):
        read_image(tmp_path / "clear.png")


def _png16(levels: np.ndarray, filters: list[int]) -> bytes:
    """An encoder that uses the filter asked for in each row, written from RFC 2083 byte by byte."""
    height, width, channels = levels.shape
    step = 2 * channels
    raw = [list(row.astype(">u2").tobytes()) for row in levels]
    body = b""
    for y, kind in enumerate(filters):
        body += bytes([kind])
        for i, value in enumerate(raw[y]):
            left = raw[y][i - step] if i >= step else 0
            up = raw[y - 1][i] if y else 0
            corner = raw[y - 1][i - step] if y and i >= step else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda n: abs(guess - n))
            body += bytes([(value - (0, left, up, (left + up) // 2, paeth)[kind]) % 256])
    color_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_png_agrees_with_pillow_in_the_high_and_the_low_byte(channels: int) -> None:
    levels = np.random.default_rng(channels).integers(0, 65536, (7, 6, channels)).astype(np.uint16)
    for order in (levels, levels.byteswap()):  # Pillow keeps only the high byte: swap to see the other one
        data = _png16(order, [0, 1, 2, 3, 4, 4, 3])
        np.testing.assert_array_equal(png16.decode(data), order)
        seen = np.atleast_3d(np.asarray(Pillow.open(io.BytesIO(data))))
        high = (order >> 8) if channels > 1 else order
        np.testing.assert_array_equal(seen[..., -1], high[..., -1])
        np.testing.assert_array_equal(seen[..., 0], high[..., 0])


def test_16_bit_rgb_png_keeps_all_bits(tmp_path: Path) -> None:
    levels = np.array([[[1, 258, 65535], [0, 4660, 22136]]], np.uint16)
    (tmp_path / "x.png").write_bytes(_png16(levels, [4]))
    np.testing.assert_array_equal(np.rint(read_image(tmp_path / "x.png") * 65535), levels)


def test_non_contiguous_and_fortran_images_are_written_right(tmp_path: Path, ramp: np.ndarray) -> None:
    for view in (ramp[::-2, ::3], np.asfortranarray(ramp), ramp.T):
        write_image(tmp_path / "x.npy", view)
        np.testing.assert_array_equal(read_image(tmp_path / "x.npy"), view)


def _refused(path: Path, match: str, kind: type[Exception] = ImageFileError) -> None:
    with pytest.raises(kind, match=match) as caught:
        read_image(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "jpg", "npy"])
def test_truncated_files_are_refused(tmp_path: Path, ending: str, ramp: np.ndarray) -> None:
    whole = tmp_path / f"whole.{ending}"
    if ending == "npy":
        write_image(whole, ramp)
    else:
        Pillow.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)).save(whole)
    data = whole.read_bytes()
    for share in (0.02, 0.3, 0.7):
        part = tmp_path / f"part.{ending}"
        part.write_bytes(data[: max(1, int(len(data) * share))])
        _refused(part, "truncated|not an image|not a whole")


@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_png_is_a_picture_or_one_clear_error(tmp_path: Path, place: int, value: int, deep: bool) -> None:
    path = tmp_path / "x.png"
    write_image(path, np.random.default_rng(0).random((12, 11, 3), np.float32), bits=16 if deep else 8)
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(bytes(data))
    try:
        assert read_image(path).dtype == np.float32
    except ImageFileError as error:
        assert str(path) in str(error)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    _refused(tmp_path / "empty.png", "the file is empty")
    _refused(tmp_path / "text.png", "not an image")
    _refused(tmp_path / "missing.png", "no such file", FileNotFoundError)
    _refused(tmp_path, "expected a file, got a folder", IsADirectoryError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    _refused(tmp_path / "pipe.png", "expected an ordinary file")


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.full((4, 4), 200.0), r"expected values in \[0, 1\]"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf), "infinite"),
        (np.zeros((4, 4), np.uint8), "uint8"),
        (np.zeros((4, 4), np.int32), "int32"),
        (np.zeros((4, 4), np.complex64), "complex64"),
        (np.zeros(4, np.float32), "expected shape"),
        (np.zeros((2, 3, 4, 5), np.float32), "expected shape"),
        (np.zeros((0, 4), np.float32), "not a whole NPY|got none"),
    ],
)
def test_arrays_that_are_no_image_are_refused(tmp_path: Path, array: np.ndarray, match: str) -> None:
    np.save(tmp_path / "x.npy", array)
    _refused(tmp_path / "x.npy", match)


def test_python_objects_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    _refused(tmp_path / "x.npy", "Python objects")


def test_archives_and_several_pages_are_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.savez(file, a=ramp, b=ramp)
    _refused(tmp_path / "x.npy", "got an archive")
    page = Pillow.fromarray(np.uint8(ramp * 255))
    page.save(tmp_path / "x.tif", save_all=True, append_images=[page])
    _refused(tmp_path / "x.tif", "holds 2 pictures")


def test_cmyk_is_refused(tmp_path: Path) -> None:
    Pillow.new("CMYK", (4, 4)).save(tmp_path / "x.jpg")
    _refused(tmp_path / "x.jpg", "expected gray or RGB")


def test_huge_pictures_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (20_000, 2**31 - 1):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
        (tmp_path / "x.png").write_bytes(bomb)
        _refused(tmp_path / "x.png", "too many pixels|larger than")
    with (tmp_path / "x.npy").open("wb") as file:  # a header that promises 4 TB
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)})
    _refused(tmp_path / "x.npy", "not a whole NPY|larger than")


def test_the_limit_can_be_set(tmp_path: Path, ramp: np.ndarray) -> None:
    write_image(tmp_path / "x.png", ramp)
    with pytest.raises(ImageFileError, match="larger than 100 pixels"):
        read_image(tmp_path / "x.png", max_pixels=100)


@pytest.mark.parametrize(
    ("name", "bits", "match"),
    [("x.jpg", 8, r"\.png or \.npy"), ("x", 8, "no ending"), ("x.png", 12, "expected 8 or 16")],
)
def test_other_formats_are_not_written(tmp_path: Path, ramp: np.ndarray, name: str, bits: int, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        write_image(tmp_path / name, ramp, bits=bits)
    assert not list(tmp_path.iterdir())


def test_a_bad_image_leaves_the_old_file(tmp_path: Path, ramp: np.ndarray) -> None:
    write_image(tmp_path / "x.png", ramp)
    before = (tmp_path / "x.png").read_bytes()
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        write_image(tmp_path / "x.png", ramp * 255)
    assert (tmp_path / "x.png").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_missing_folder_is_named(tmp_path: Path, ramp: np.ndarray) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist"):
        write_image(tmp_path / "nowhere" / "x.png", ramp)


def test_an_interruption_in_mid_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_path(tmp_path / "x.png") as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, whose limits and rights can then be taken away."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("ending", ["png", "npy"])
def test_a_file_size_limit_in_mid_write_leaves_nothing(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("resource", reason="no resource limits on this system")
    done = run_python(
        """
        import resource, signal, sys
        import numpy as np
        from medfuse_course.datasets.image_files import write_image
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_image(sys.argv[1], np.random.default_rng(0).random((200, 200), np.float32))
        except OSError as error:
            print(error)
        """,
        tmp_path / f"x.{ending}",
    )
    assert "could not be written (File too large)" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tiny_disk: Path) -> None:
    write_image(tiny_disk / "x.npy", np.zeros((16, 16), np.float32))
    before = (tiny_disk / "x.npy").read_bytes()
    with pytest.raises(OSError, match=r"x\.npy: could not be written \(No space left on device\); make room"):
        write_image(tiny_disk / "x.npy", np.ones((256, 256), np.float32))
    assert (tiny_disk / "x.npy").read_bytes() == before
    assert [p.name for p in tiny_disk.iterdir()] == ["x.npy"]


AS_NOBODY = """
    import os, sys
    import numpy as np
    from medfuse_course.datasets.image_files import read_image, write_image
    os.setgid(65534); os.setuid(65534)
    try:
        read_image(sys.argv[1]) if sys.argv[2] == "read" else write_image(sys.argv[1], np.zeros((4, 4), np.float32))
    except PermissionError as error:
        print("refused:", error)
"""


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody without rights"
)
@pytest.mark.parametrize("what", ["read", "write"])
def test_no_permission(what: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others altogether
        folder = Path(name)
        folder.chmod(0o755)
        write_image(folder / "x.png", np.zeros((4, 4), np.float32))
        (folder / "x.png").chmod(0o600)
        before = (folder / "x.png").read_bytes()
        done = run_python(AS_NOBODY, folder / "x.png", what)
        assert "refused:" in done.stdout, done.stderr
        assert "x.png" in done.stdout
        assert [p.name for p in folder.iterdir()] == ["x.png"]
        assert (folder / "x.png").read_bytes() == before
