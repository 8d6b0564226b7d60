"""Files that readers really have, and worse: pictures and volumes that a reader of files must take or refuse."""

import gzip
import io
import struct
import zlib
from functools import partial

import nibabel
import numpy as np
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from medfuse_course.datasets import png16

_RNG = np.random.default_rng(0)
GRAY = _RNG.integers(0, 256, (33, 29), dtype=np.uint8)
RGB = _RNG.integers(0, 256, (33, 29, 3), dtype=np.uint8)
DEEP = _RNG.integers(0, 65536, (33, 29, 3), dtype=np.uint16)
SMOOTH = np.uint8(np.add.outer(np.arange(48), np.arange(40)) * 2.5)

EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0"
"""One entry: by how much a viewer shall turn the picture."""
LONG_EXIF = EXIF[:18] + b"\0\4\0\0\0\1\0\0\0\6" + bytes(4)


def _saved(array, kind="PNG", mode=None, **options) -> bytes:
    buffer = io.BytesIO()
    picture = Pillow.fromarray(array)
    (picture.convert(mode) if mode else picture).save(buffer, format=kind, **options)
    return buffer.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width, height, depth, color, rows: bytes, *, interlaced=0, before=b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    body = _chunk(b"IHDR", header) + before + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _packed(depth: int, filters=(0, 1, 2, 3, 4)) -> bytes:
    """Gray rows of 29 samples of so many bits, each row under another filter; what it shows is for the readers."""
    length = -(-29 * depth // 8)
    return b"".join(bytes([filters[r % len(filters)]]) + _RNG.bytes(length) for r in range(33))


def _interlaced(array) -> bytes:
    """An 8-bit picture in the seven passes of Adam7."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = [b"\0" + row.tobytes() for x, y, dx, dy in passes for row in array[y::dy, x::dx]]
    height, width = array.shape[:2]
    return _png(width, height, 8, 0 if array.ndim == 2 else 2, b"".join(rows), interlaced=1)


def _with_alpha(alpha) -> np.ndarray:
    return np.dstack([RGB, np.full(GRAY.shape, alpha, np.uint8)])


def _clear(key: bytes, color: int, array) -> bytes:
    rows = b"".join(b"\0" + row.tobytes() for row in array)
    return _png(array.shape[1], array.shape[0], 8, color, rows, before=_chunk(b"tRNS", key))


def _with_text(turn: int, *, keyword: str, **options) -> bytes:
    """A PNG whose orientation stands in a text, as ImageMagick writes it, or as XMP."""
    exif = EXIF % turn
    text = f"\nexif\n{len(exif):8}\n{exif.hex()}\n" if keyword.startswith("Raw") else f'<x tiff:Orientation="{turn}"/>'
    info = PngInfo()
    (info.add_itxt if keyword.startswith("XML") else info.add_text)(keyword, text, **options)
    return _saved(SMOOTH, pnginfo=info)


def pictures() -> dict[str, bytes]:
    """Files of pictures, by what is odd about them."""
    hole = np.full((33, 29), 255, np.uint8)
    hole[5, 5] = 254
    whole = _saved(GRAY)
    swapped = bytearray(whole)
    swapped[60] ^= 1
    jpeg = _saved(SMOOTH, "JPEG", quality=95)
    red = np.dstack([np.full(GRAY.shape, 255, np.uint8), GRAY // 2, GRAY // 3])

    return {
        "8-bit gray": whole,
        "8-bit RGB": _saved(RGB),
        "16-bit gray": png16.encode(DEEP[..., :1]),
        "16-bit RGB": png16.encode(DEEP),
        "16-bit RGB with alpha": _png(29, 33, 16, 6, b"".join(b"\0" + _RNG.bytes(29 * 8) for _ in range(33))),
        **{f"{depth}-bit gray, every filter": _png(29, 33, depth, 0, _packed(depth)) for depth in (1, 2, 4, 8, 16)},
        "16-bit RGB, every filter": _png(29, 33, 16, 2, _packed(48)),
        "palette": _saved(RGB, mode="P"),
        "palette of two": _saved(GRAY, mode="1"),
        "opaque alpha": _saved(_with_alpha(255)),
        "transparent pixels": _saved(np.dstack([RGB, hole])),
        "gray, opaque alpha": _saved(GRAY, mode="LA"),
        "a clear color that is there": _clear(struct.pack(">H", int(GRAY[3, 3])), 0, GRAY),
        "a clear color that is not there": _clear(struct.pack(">HHH", 1, 2, 3), 2, red),
        "palette with a clear color": _saved(
            GRAY, mode="P", transparency=int(np.asarray(Pillow.fromarray(GRAY).convert("P"))[0, 0])
        ),
        "interlaced gray": _interlaced(GRAY),
        "interlaced RGB": _interlaced(RGB),
        "interlaced 16-bit": _png(29, 33, 16, 0, _packed(16, (0,)), interlaced=1),
        "truncated": whole[:-300],
        "wrong checksum": bytes(swapped),
        "rows missing": _png(29, 33, 8, 0, _packed(8)[: 30 * 10]),
        "a filter that is none": _png(29, 33, 8, 0, b"\7" + bytes(29) + _packed(8)[30:]),
        "a header alone": whole[:60],
        "several frames": _saved(GRAY, save_all=True, append_images=[Pillow.fromarray(255 - GRAY)]),
        "huge": _png(20000, 20000, 8, 0, b""),
        "tiny": _saved(GRAY[:1, :1]),
        "gray JPEG": jpeg,
        "RGB JPEG": _saved(np.dstack([SMOOTH, SMOOTH[::-1], 255 - SMOOTH]), "JPEG", quality=95, subsampling=0),
        "CMYK JPEG": _saved(RGB, "JPEG", "CMYK"),
        "truncated JPEG": _saved(np.tile(GRAY, (5, 5)), "JPEG")[:9000],
        **{f"JPEG turned by EXIF, {turn}": _saved(SMOOTH, "JPEG", quality=95, exif=EXIF % turn) for turn in range(10)},
        **{f"PNG turned by EXIF, {turn}": _saved(RGB, exif=EXIF % turn) for turn in (2, 6)},
        "16-bit PNG turned by EXIF": _png(29, 33, 16, 0, _packed(16), before=_chunk(b"eXIf", EXIF[6:] % 8)),
        "JPEG turned by a long number": _saved(SMOOTH, "JPEG", exif=LONG_EXIF),
        "JPEG turned by XMP": _saved(SMOOTH, "JPEG", quality=95, xmp=b'<x tiff:Orientation="8"/>'),
        "16-bit, a clear color that is there": _png(
            29, 33, 16, 0, b"\0" + b"\1\2" * 29 + _packed(16)[59:], before=_chunk(b"tRNS", b"\1\2")
        ),
        "16-bit, a clear color that is not there": _png(
            29, 33, 16, 0, b"".join(b"\0" + b"\1\2" * 29 for _ in range(33)), before=_chunk(b"tRNS", b"\1\3")
        ),
        "PNG turned by ImageMagick": _with_text(6, keyword="Raw profile type exif", zip=True),
        "PNG turned by XMP": _with_text(6, keyword="XML:com.adobe.xmp"),
        "PNG turned by packed XMP": _with_text(6, keyword="XML:com.adobe.xmp", zip=True),
        "JPEG of two pictures": _saved(SMOOTH, "MPO", save_all=True, append_images=[Pillow.fromarray(SMOOTH)]),
        "a picture and an animation of one frame": _png(
            29, 33, 8, 0, _packed(8), before=_chunk(b"acTL", struct.pack(">II", 1, 0))
        ),
        "a clear color that is cut off": _clear(b"\0", 0, GRAY),
        "a clear color of two bits": _png(
            32, 33, 2, 0, b"\0\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b" * 33, before=_chunk(b"tRNS", b"\0\xff")
        ),
        "a clear color of four bits": _png(
            16, 16, 4, 0, b"\0\x22\x22\x22\x22\x22\x22\x22\x22" * 16, before=_chunk(b"tRNS", b"\0\2")
        ),
        "not an image": b"What is this?\n" * 40,
        "nothing": b"",
    }


TURNED = np.array([[0, 0, 1.1, -3], [-1.3, 0, 0, 40], [0, 1.7, 0, -5], [0, 0, 0, 1.0]])
OBLIQUE = np.array([[0.9, 0.4, 0.1, -30], [-0.4, 0.9, 0.1, -20], [-0.05, -0.13, 2.0, 5], [0, 0, 0, 1.0]])
SHEARED = np.array([[1, 0.9, 0, 0], [0.2, 1, 0, 0], [0, 0.3, -1, 0], [0, 0, 0, 1.0]])
VOXELS = _RNG.normal(300, 400, (21, 18, 23))


def _nifti(
    data, affine=None, *, kind=nibabel.Nifti1Image, packed=False, big=False, edit=None, qform=None, gap=0
) -> bytes:
    image = kind(data, np.eye(4) if affine is None else affine)
    if qform is not None:
        image.set_sform(None, 0)
        image.set_qform(qform, 1)
    if big:
        image = type(image)(data.astype(data.dtype.newbyteorder(">")), image.affine, image.header.as_byteswapped(">"))
    raw = bytearray(image.to_bytes())
    raw[352:352] = bytes(gap)  # between header and voxels
    if edit:
        for place, value in edit.items():
            raw[place : place + len(value)] = value
    return gzip.compress(bytes(raw), 6, mtime=0) if packed else bytes(raw)


def _float(value: float) -> bytes:
    return struct.pack("<f", value)


def _spoiled(value: float) -> np.ndarray:
    spoiled = VOXELS.astype(np.float32)
    spoiled[3, 4, 5] = value
    return spoiled


def volumes() -> dict[str, bytes]:
    """Files of volumes, by what is odd about them."""
    whole = VOXELS.astype(np.int16)
    flip = np.diag([-2.0, -1.5, 3.0, 1.0])
    return {
        "int16": _nifti(whole),
        "int16, packed": _nifti(whole, OBLIQUE, packed=True),
        **{
            str(np.dtype(kind)): _nifti(np.clip(VOXELS / 8, 0, 120).astype(kind), TURNED)
            for kind in (np.uint8, np.int8, np.uint16, np.int32, np.uint32, np.float32, np.float64)
        },
        "int64": _nifti(VOXELS.astype(np.int64), kind=partial(nibabel.Nifti2Image, dtype="int64")),
        "NIfTI-2": _nifti(VOXELS.astype(np.float32), OBLIQUE, kind=nibabel.Nifti2Image),
        "big-endian": _nifti(whole, TURNED, big=True),
        "slope and intercept": _nifti(whole, edit={112: _float(0.37), 116: _float(-1024)}),
        "slope of 0": _nifti(whole, edit={112: _float(0), 116: _float(5)}),
        "slope of NaN": _nifti(whole, edit={112: _float(np.nan)}),
        "intercept of infinity": _nifti(whole, edit={112: _float(1), 116: _float(np.inf)}),
        "flipped": _nifti(whole, flip),
        "turned": _nifti(whole, TURNED),
        "sheared": _nifti(whole, SHEARED),
        "qform": _nifti(whole, qform=flip),
        "qform, turned": _nifti(whole, qform=TURNED),
        "neither form": _nifti(whole, edit={252: b"\0\0\0\0"}),
        "affine of zeros": _nifti(whole, edit={280: bytes(48)}),
        "4-D": _nifti(np.zeros((9, 9, 9, 2), np.int16)),
        "4-D of one": _nifti(np.zeros((9, 9, 9, 1), np.int16)),
        "2-D": _nifti(np.zeros((19, 19), np.int16)),
        "colors": _nifti(np.zeros((17, 17, 17), [("R", "u1"), ("G", "u1"), ("B", "u1")])),
        "complex": _nifti(VOXELS.astype(np.complex64)),
        "NaN": _nifti(_spoiled(np.nan)),
        "infinity": _nifti(_spoiled(np.inf)),
        "constant": _nifti(np.full((18, 18, 18), 7, np.int16)),
        "truncated volume": _nifti(whole)[:-999],
        "truncated, packed": _nifti(whole, packed=True)[:-99],
        "damaged, packed": (lambda raw: raw[:-6] + bytes([raw[-6] ^ 255]) + raw[-5:])(_nifti(whole, packed=True)),
        "a header that promises too much": _nifti(whole, edit={42: struct.pack("<hhh", 2000, 2000, 2000)}),
        "in meters": _nifti(whole, TURNED / 1000, edit={123: b"\1"}),
        "in microns": _nifti(whole, qform=flip * [[1000], [1000], [1000], [1]], edit={123: b"\3"}),
        "in meters, NIfTI-2": _nifti(
            VOXELS.astype(np.float32), TURNED / 1000, kind=nibabel.Nifti2Image, edit={500: b"\1"}
        ),
        "two places": _nifti(whole, TURNED, edit={268: _float(12)}),
        "of no known unit": _nifti(whole, TURNED, edit={123: b"\7"}),
        "codes that nobody knows": _nifti(whole, TURNED, edit={252: struct.pack("<hh", 9, -1)}),
        "voxel sizes below 0": _nifti(whole, qform=flip, edit={80: _float(-2)}),
        "voxel sizes of 0, neither form": _nifti(whole, edit={80: _float(0), 252: bytes(4)}),
        "voxel sizes of 0 and below 0": _nifti(whole, qform=flip, edit={80: _float(0), 84: _float(-2)}),
        "voxels begin at no multiple of 16": _nifti(whole, edit={108: _float(360)}, gap=8),
        "small voxels": _nifti(whole, TURNED * [[1e-5], [1e-5], [1e-5], [1]]),
        "another mark": _nifti(whole, edit={344: b"n+1x"}),
        "sent as text, NIfTI-2": _nifti(VOXELS.astype(np.float32), kind=nibabel.Nifti2Image, edit={8: b"\n\n\n\n"}),
        "voxels begin nowhere": _nifti(whole, edit={108: _float(np.nan)}),
        "voxels in the header": _nifti(whole, edit={108: _float(100)}),
        "far from 0": _nifti((2**24 + np.arange(8000).reshape(20, 20, 20)).astype(np.int32)),
        "far from 0, scaled": _nifti(whole, edit={112: _float(1e-4), 116: _float(5000)}),
        "Analyze": _nifti(whole, edit={344: b"\0\0\0\0"}),
    }
