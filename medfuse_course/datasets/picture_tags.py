"""What a picture's tags say of its pixels: how it lies, which end is black, how many bits are used.

A TIFF file says in tags what its numbers mean (TIFF 6.0, 1992): ``PhotometricInterpretation`` which end is black,
``BitsPerSample`` where white lies, ``SampleFormat`` whether numbers have a sign, ``Orientation`` where the first row
belongs; JPEG and PNG have the last one in their EXIF. Whoever ignores a tag gets a picture that looks right alone and
is wrong beside another; Pillow passes over some of them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

_BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _FORMAT = 258, 259, 262, 274, 277, 339
_UNCOMPRESSED = 1
_WHITE_IS_ZERO = 0
_SIGNED = 2
# Where the first row and the first column of the stored pixels belong, as (turn rows, turn columns, swap the axes).
_PLACES = {
    2: (False, True, False), 3: (True, True, False), 4: (True, False, False), 5: (False, False, True),
    6: (True, False, True), 7: (True, True, True), 8: (False, True, True),
}  # fmt: skip


def upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The pixels as their EXIF or TIFF orientation (1 to 8) wants them seen; another number changes nothing."""
    rows, columns, swap = _PLACES.get(orientation, (False, False, False))
    turned = array[:: -1 if rows else 1, :: -1 if columns else 1]
    return turned.swapaxes(0, 1) if swap else turned


def orientation_of(picture: Pillow.Image) -> int:
    """How the stored pixels of an open picture lie: 1 (upright) to 8; 1 where nothing is said."""
    return int(picture.getexif().get(_ORIENTATION, 1))


@dataclass(frozen=True)
class Meaning:
    """What the tags of an open picture say of its numbers.

    Attributes
    ----------
    full
        The number that is white (that is black where `inverted`), of whole numbers.
    inverted
        Whether 0 is white.
    unpacked
        ``(H, W, C)`` float32, as stored (see `upright`), where Pillow would not give these pixels; else None.
    """

    full: int
    inverted: bool = False
    unpacked: NDArray[np.float32] | None = None


def meaning(path: Path, picture: Pillow.Image) -> Meaning:
    """Read the tags of a picture that is open and not loaded yet.

    Raises
    ------
    ValueError
        Whole numbers with a sign, floats of which the largest is black, or several channels of more than 8 bits that
        cannot be unpacked here: the message says what can be done.
    """
    if picture.format != "TIFF":
        return Meaning(65535 if picture.mode.startswith("I;16") else 255)
    bits, samples = max(_several(picture, _BITS)), _several(picture, _SAMPLES)[0]
    inverted = _several(picture, _PHOTOMETRIC)[0] == _WHITE_IS_ZERO
    if _SIGNED in _several(picture, _FORMAT):
        raise ValueError(
            f"holds whole numbers with a sign ({bits} bits), which have no black and no white; save what you mean as "
            "floats in [0, 1]"
        )
    if picture.mode == "F" and inverted:
        raise ValueError("says that 0 is white, of floats whose black is said nowhere; invert it and save it again")
    deep = picture.mode.startswith("I;16")
    # Pillow cuts several channels to 8 bits, and shuffles uncompressed pixels that lie on their side.
    on_its_side = orientation_of(picture) > 4 and _several(picture, _COMPRESSION)[0] == _UNCOMPRESSED
    unpacked = _unpacked(path, bits, inverted) if (samples > 1 and bits > 8) or on_its_side else None
    return Meaning(2**bits - 1 if deep else 255, inverted and deep, unpacked)  # 8 bits are inverted by Pillow


def _unpacked(path: Path, bits: int, inverted: bool) -> NDArray[np.float32]:
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            array, axes, palette = np.asarray(page.asarray()), page.axes, page.colormap is not None
    except Exception as error:  # a damaged file makes it raise almost anything
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"cannot be unpacked ({bits} bits a channel: {reason}); save it as PNG of 16 bits") from error
    if palette or array.ndim not in (2, 3) or array.dtype.kind not in "uf":
        raise ValueError("cannot be unpacked here; save it as PNG")
    array = np.moveaxis(array, axes.index("S"), -1) if "S" in axes else array[..., None]
    whole = array.dtype.kind == "u"
    share = array.astype(np.float32) / np.float32(2**bits - 1 if whole else 1)
    return 1 - share if inverted else share


def _several(picture: Pillow.Image, tag: int) -> tuple[int, ...]:
    value = picture.tag_v2.get(tag, 1)  # type: ignore[attr-defined]
    return tuple(value) if isinstance(value, tuple) else (int(value),)
