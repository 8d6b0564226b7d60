"""Any tags, any header: a file shows what its bytes say, by readers written here and by tifffile, or is refused.

The bytes are made by hand, so nothing that reads them has written them.
"""

import io
import struct
from fractions import Fraction
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from medfuse_course.datasets.image_files import ImageFileError, read_image
from medfuse_course.datasets.intensity import Window
from medfuse_course.datasets.volume_files import read_volume
from medfuse_course.datasets.volume_pair import open_pair
from medfuse_course.methods import fuse_volumes
from tests.conftest import EXAMPLES
from tests.datasets.test_picture_tags import SEEN

ON_DISK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
UNSIGNED, SIGNED, FLOAT = 1, 2, 3


def tiff_of(samples: np.ndarray, bits: int, order: str, photometric: int, orientation: int, form: int) -> bytes:
    """An uncompressed TIFF of ``(H, W, C)`` whole numbers, or of floats; rows padded to whole bytes."""
    height, width, channels = samples.shape
    if form == FLOAT:
        body = samples.astype(f"{order}f4").tobytes()
    elif bits in (8, 16):
        body = (samples & (2**bits - 1)).astype(f"{order}u{bits // 8}").tobytes()
    else:
        texts = ["".join(f"{int(v):0{bits}b}" for v in row.ravel()) for row in samples]
        body = b"".join(int(t + "0" * (-len(t) % 8), 2).to_bytes(-(-len(t) // 8), "big") for t in texts)
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 0, 274: orientation, 277: channels,
            278: height, 279: len(body), 339: form}  # fmt: skip
    begin = 8 + 2 + 12 * len(tags) + 4
    several = {258, 339} if channels > 1 else set()  # these stand behind the table, one for each channel
    tags[273] = begin + 2 * channels * len(several)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    behind = b""
    for tag, value in tags.items():
        if tag in several:
            head += struct.pack(f"{order}HHII", tag, 3, channels, begin + len(behind))
            behind += struct.pack(f"{order}{channels}H", *[value] * channels)
        elif tag in (256, 257, 273, 278, 279):
            head += struct.pack(f"{order}HHII", tag, 4, 1, value)
        else:
            head += struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0)
    return head + bytes(4) + behind + body


@st.composite
def tagged(draw):
    """A TIFF by its tags, and the picture that they say it is; None where they say no picture."""
    channels = draw(st.sampled_from([1, 1, 3]))
    form = draw(st.sampled_from([UNSIGNED, UNSIGNED, UNSIGNED, SIGNED, FLOAT]))
    several = [8, 16] if channels == 3 or form == SIGNED else [4, 8, 12, 12, 16]
    bits = 32 if form == FLOAT else draw(st.sampled_from(several))
    photometric = 2 if channels == 3 else draw(st.sampled_from([0, 1]))
    orientation, order = draw(st.integers(1, 8)), draw(st.sampled_from("<>"))
    shape = (draw(st.integers(2, 9)), draw(st.integers(2, 9)), channels)
    random = np.random.default_rng(draw(st.integers(0, 999)))
    samples = random.random(shape).astype(np.float32) if form == FLOAT else random.integers(0, 2**bits, shape)
    share = samples if form == FLOAT else samples / (2**bits - 1)
    seen = SEEN[orientation](1 - share if photometric == 0 else share)
    whole = form == UNSIGNED or (form == FLOAT and photometric != 0)
    return tiff_of(samples, bits, order, photometric, orientation, form), np.squeeze(seen) if whole else None, samples


def may_be_refused(content: bytes) -> bool:
    """What Pillow opens not at all: such a file is no silent error."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
    odd = page.bitspersample in (4, 12, 32)  # other tests say which of these are read
    return odd or (page.bitspersample == 16 and page.photometric == 0 and file.byteorder == ">")


@given(tagged())
@settings(ON_DISK, max_examples=4 * EXAMPLES)  # each takes milliseconds, and the tags are many
def test_a_tiff_is_what_its_tags_say(tmp_path: Path, made) -> None:
    content, seen, samples = made
    (tmp_path / "x.tif").write_bytes(content)
    with tifffile.TiffFile(tmp_path / "x.tif") as file:  # an independent reader agrees on what was written
        if file.pages[0].bitspersample in (8, 16, 32) and file.pages[0].sampleformat != SIGNED:
            np.testing.assert_array_equal(file.pages[0].asarray().reshape(samples.shape), samples)
    try:
        found = read_image(tmp_path / "x.tif")
    except ImageFileError:
        event("refused")
        assert seen is None or may_be_refused(content)
        return
    event("read")
    assert seen is not None
    np.testing.assert_allclose(found.reshape(seen.shape), seen, atol=1e-6)


@st.composite
def headers(draw):
    """A NIfTI-1 file by hand, and where its voxels lie and what they are."""
    order = draw(st.sampled_from("<>"))
    code, kind = draw(st.sampled_from([(2, "u1"), (4, "i2"), (8, "i4"), (16, "f4"), (512, "u2"), (256, "i1")]))
    shape = draw(st.tuples(st.integers(16, 18), st.integers(16, 18), st.integers(16, 18)))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    info = np.iinfo(kind) if kind[0] != "f" else None
    stored = random.integers(info.min, info.max, shape) if info else random.random(shape) * 1000
    stored = stored.astype(f"{order}{kind}")
    unit, factor = draw(st.sampled_from([(0, 1), (1, 1000), (2, 1), (3, 0.001), (2 | 8, 1), (7, 1)]))
    slope, inter = draw(st.sampled_from([(0, 0), (1, 0), (2.5, -1024), (-1, 7), (np.nan, 5), (0, 9)]))
    sform, qform = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    sides, corner = (
        draw(st.tuples(*[st.sampled_from([0.5, 1.0, 2.25])] * 3)),
        draw(st.tuples(*[st.integers(-50, 50)] * 3)),
    )
    offset = draw(st.sampled_from([0, 16, 352, 352, 368, 1024]))
    private = draw(st.sampled_from([b"", b"DOE^JANE"]))
    head = bytearray(352)
    head[0:4] = struct.pack(f"{order}i", 348)
    head[40:56] = struct.pack(f"{order}8h", 3, *shape, 1, 1, 1, 1)
    head[68:74] = struct.pack(f"{order}3h", draw(st.sampled_from([0, 0, 1005])), code, 8 * int(kind[1]))
    head[76:108] = struct.pack(f"{order}8f", 1, *sides, 0, 0, 0, 0)
    head[108:120] = struct.pack(f"{order}3f", offset, slope, inter)
    head[123] = unit
    head[148:156] = private.ljust(8, b"\0")
    head[228:236] = private.ljust(8, b"\0")
    head[252:256] = struct.pack(f"{order}2h", qform, sform)
    head[268:280] = struct.pack(f"{order}3f", *corner)  # qform: no rotation, then this corner
    place = np.diag([*sides, 1.0])
    place[:3, 3] = np.array(corner) + (10 if sform else 0)
    head[280:328] = place[:3].astype(f"{order}f4").tobytes()
    head[328:344] = private.ljust(16, b"\0")
    head[344:348] = b"n+1\0"
    begin = max(offset, 352)
    content = bytes(head).ljust(begin, b"\0") + stored.tobytes(order="F")
    scaled = stored.astype(np.float64) * slope + inter if np.isfinite(slope) and slope else stored.astype(np.float64)
    affine = np.diag([factor] * 3 + [1.0]) @ place if sform or qform else None
    return content, scaled, affine, offset >= 352


@pytest.mark.filterwarnings("ignore::medfuse_course.datasets.volume.GridWarning")
@given(headers())
@ON_DISK
def test_a_volume_is_what_its_header_says(tmp_path: Path, made) -> None:
    content, scaled, affine, whole = made
    path = tmp_path / "x.nii"
    path.write_bytes(content)
    try:
        volume = read_volume(path)
    except ImageFileError:
        event("refused")
        assert not whole
        return
    event("read")
    assert whole or np.array_equal(np.asarray(volume.data), scaled)  # an offset of 0 may mean: right behind the header
    np.testing.assert_allclose(np.asarray(volume.data), scaled, rtol=1e-6, atol=1e-3)
    assert volume.placed == (affine is not None)
    if affine is not None:
        np.testing.assert_allclose(volume.affine, affine, rtol=1e-5, atol=1e-4)
    low, high = float(scaled.min()), float(scaled.max()) + 1
    fused = fuse_volumes(
        volume, volume, method="maximum", window_a=f"range:{low},{high}", window_b=f"range:{low},{high}"
    )
    fused.to_nifti(tmp_path / "f.nii")
    written = (tmp_path / "f.nii").read_bytes()
    assert b"DOE" not in written
    assert nibabel.load(tmp_path / "f.nii").header.get_intent()[0] == "none"
    np.testing.assert_allclose(fused.data, (scaled - low) / (high - low), atol=2e-6)


@given(
    st.sampled_from([np.int16, np.int32, np.uint16, np.float32, np.float64]),
    st.floats(-2e9, 2e9), st.floats(1e-3, 1e6), st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=9),
)  # fmt: skip
def test_a_window_is_exact_wherever_it_lies(kind, low, width, shares) -> None:
    """By exact fractions: nothing leaves [0, 1], and no rounding of values or limits is seen."""
    given_ = np.array([low + share * width for share in shares])
    if np.issubdtype(kind, np.integer):
        given_ = given_.clip(np.iinfo(kind).min, np.iinfo(kind).max)
    values = given_.astype(kind)
    if not np.isfinite(values).all() or not low < low + width:
        return
    found = Window("range", low, low + width).apply(values)
    begin, end = Fraction(low), Fraction(low + width)
    expected = [float(min(max((Fraction(v.item()) - begin) / (end - begin), 0), 1)) for v in values]
    assert found.min() >= 0 and found.max() <= 1
    np.testing.assert_allclose(found, expected, atol=1e-6)


@given(st.integers(-(2**31) + 5000, 2**31 - 5000), st.integers(1, 4000))
@ON_DISK
def test_a_window_of_a_stored_volume_is_exact_too(tmp_path: Path, low: int, width: int) -> None:
    stored = low + np.random.default_rng(width).integers(0, width + 1, (4, 5, 3)).astype(np.int64)
    image = nibabel.Nifti1Image(stored.astype(np.int32), np.eye(4))
    nibabel.save(image, tmp_path / "x.nii")
    window = Window("range", low, low + width)
    pair = open_pair(tmp_path / "x.nii", tmp_path / "x.nii", window_a=window, window_b=window)
    shown = np.sort(np.concatenate([pair.slice(k)[0].ravel() for k in range(pair.count)]))
    np.testing.assert_allclose(shown, np.sort((stored.ravel() - low) / width), atol=1e-6)
