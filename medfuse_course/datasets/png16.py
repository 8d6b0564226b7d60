"""PNG files of 16 bits a channel, which Pillow would cut to 8 bits for everything but gray.

Only what such a file needs: no palette, no interlacing. The format is RFC 2083: chunks of length, type, data and CRC;
the image is deflated, and each row stands behind one byte that names the filter its bytes were predicted with.
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # color type: gray, RGB, gray + alpha, RGB + alpha
_COLOR_TYPES = {1: 0, 3: 2}


def depth(data: bytes) -> int | None:
    """Bits per channel of a PNG file, None if ``data`` is not one."""
    return data[24] if data.startswith(_SIGNATURE) and data[12:16] == b"IHDR" and len(data) > 28 else None


def decode(data: bytes) -> NDArray[np.uint16]:
    """Decode a 16-bit PNG file to ``(H, W, channels)``; a color that it names as transparent adds an alpha channel.

    Raises
    ------
    ValueError
        The file is truncated, damaged or interlaced.
    """
    try:
        chunks = list(_chunks(data))
        width, height, bits, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
        channels = _CHANNELS[color_type]
        row_bytes = 2 * channels * width
        inflater = zlib.decompressobj()
        rows = inflater.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"), height * (row_bytes + 1))
    except (struct.error, zlib.error, KeyError, IndexError) as error:
        raise ValueError("the PNG file is damaged") from error
    if bits != 16 or interlaced:
        raise ValueError("an interlaced 16-bit PNG is not supported; save it without interlacing")
    if len(rows) != height * (row_bytes + 1):
        raise ValueError("the PNG file is truncated")
    lines = np.frombuffer(rows, np.uint8).reshape(height, row_bytes + 1)
    pixels = _unfilter(lines[:, 0], lines[:, 1:].reshape(height, width, 2 * channels))
    return _with_alpha(pixels.view(">u2").astype(np.uint16), dict(chunks).get(b"tRNS", b""))


def _with_alpha(pixels: NDArray[np.uint16], transparent: bytes) -> NDArray[np.uint16]:
    """The pixels with an alpha channel where the file names one color as transparent (chunk tRNS)."""
    channels = pixels.shape[2]
    if not transparent or channels in (2, 4):
        return pixels
    color = np.frombuffer(transparent, ">u2", channels)
    alpha = np.where((pixels == color).all(axis=2, keepdims=True), 0, 65535).astype(np.uint16)
    return np.concatenate([pixels, alpha], axis=2)


def encode(image: NDArray[np.uint16]) -> bytes:
    """Encode ``(H, W, 1)`` or ``(H, W, 3)`` as a 16-bit PNG file."""
    height, width, channels = image.shape
    pixels = image.astype(">u2").view(np.uint8).reshape(height, width, 2 * channels)
    left = np.zeros_like(pixels)
    left[:, 1:] = pixels[:, :-1]
    rows = np.ones((height, 1 + pixels[0].size), np.uint8)  # filter 1: each byte minus the one a pixel to the left
    rows[:, 1:] = (pixels - left).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOR_TYPES[channels], 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, position)
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        (crc,) = struct.unpack_from(">I", data, position + 8 + length)
        if crc != zlib.crc32(kind + body):
            raise ValueError("the PNG file is damaged (wrong checksum)")
        yield kind, body
        position += 12 + length


def _unfilter(filters: NDArray[np.uint8], coded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the row filters of ``(H, W, bytes per pixel)``; arithmetic is modulo 256."""
    pixels = np.empty_like(coded)
    above = np.zeros_like(coded[0])
    for row, kind in enumerate(filters):
        if kind == 0:
            pixels[row] = coded[row]
        elif kind == 1:
            pixels[row] = np.cumsum(coded[row], axis=0, dtype=np.uint8)
        elif kind == 2:
            pixels[row] = coded[row] + above
        elif kind in (3, 4):
            pixels[row] = _unfilter_row(coded[row], above, _average if kind == 3 else _paeth)
        else:
            raise ValueError(f"the PNG file is damaged (row filter {kind})")
        above = pixels[row]
    return pixels


def _unfilter_row(coded: NDArray[np.uint8], above: NDArray[np.uint8], predict) -> NDArray[np.uint8]:  # type: ignore[no-untyped-def]
    """A row whose every pixel needs the one before it; plain integers are the fastest here."""
    step = coded.shape[1]
    line, up = [0] * step + coded.ravel().tolist(), [0] * step + above.ravel().tolist()
    for i in range(step, len(line)):
        line[i] = (line[i] + predict(line[i - step], up[i], up[i - step])) & 255
    return np.array(line[step:], np.uint8).reshape(coded.shape)


def _average(left: int, up: int, _corner: int) -> int:
    return (left + up) // 2


def _paeth(left: int, up: int, corner: int) -> int:
    """The neighbor nearest to left + up - corner; ties go to left, then up."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
