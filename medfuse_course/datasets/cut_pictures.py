"""Pictures whose pixels end too early: Pillow fills up what is missing, with black or gray, and says nothing.

A PNG file says how many rows there are, and zlib where its data end. A JPEG file ends where its decoder has all blocks:
whatever stands between the last one and the end marker changes nothing, unless blocks are missing.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile

_SIGNATURE = 8
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type; a palette's index is one
_WHOLE = ((0, 0, 1, 1),)
# The seven passes of an interlaced PNG (RFC 2083): first column and row, and the steps to the next.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_END_OF_IMAGE = b"\xff\xd9"


@contextmanager
def nothing_filled_up() -> Iterator[None]:
    """Inside, Pillow refuses a file that is cut off, whatever somebody has told it for the whole process."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def check_png(data: bytes) -> None:
    """Raise ValueError if the rows of a PNG file are fewer than it says."""
    width, height, bits, color_type, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    depth = bits * _CHANNELS[color_type]
    wanted = sum(
        -(-(height - top) // down) * (1 + (-(-(width - left) // right) * depth + 7) // 8)
        for left, top, right, down in (_ADAM7 if interlaced else _WHOLE)
        if left < width and top < height
    )
    there = len(zlib.decompressobj().decompress(b"".join(_image_data(data)), wanted))
    if there < wanted:
        raise ValueError(f"its rows end after {there / wanted:.0%} of the pixels")


def check_jpeg(data: bytes, decoded: NDArray[np.uint8]) -> None:
    """Raise ValueError if the last scan of a JPEG file ends before the picture does.

    Parameters
    ----------
    data
        The file.
    decoded
        Its pixels, as Pillow gives them.
    """
    end = data.rfind(_END_OF_IMAGE)
    noise = np.random.default_rng(0).integers(0, 255, 4096, np.uint8).tobytes()  # no 255: it would begin a marker
    with Pillow.open(io.BytesIO(data[:end] + noise + data[end:]), formats=["JPEG"]) as picture:
        if not np.array_equal(np.asarray(picture), decoded):
            raise ValueError("its last scan ends before the picture does")


def _image_data(data: bytes) -> Iterator[bytes]:
    position = _SIGNATURE
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        if data[position + 4 : position + 8] == b"IDAT":
            yield data[position + 8 : position + 8 + length]
        position += 12 + length
