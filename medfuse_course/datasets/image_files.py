"""Pictures in files: PNG, TIFF, BMP, JPEG and NPY in, PNG and NPY out.

A picture format has a full scale of its own, so its values are divided by it: 8 bits by 255, 16 bits by 65535. An array
in a NPY file has none: it must hold floats in [0, 1] already.
"""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from medfuse_course.core.checks import check_image, check_quantity, to_uint8
from medfuse_course.core.files import atomic_path
from medfuse_course.core.quiet import own_filters
from medfuse_course.core.types import Image
from medfuse_course.datasets import png16
from medfuse_course.datasets.cut_pictures import check_jpeg, check_png, nothing_filled_up
from medfuse_course.datasets.picture_tags import meaning, orientation_of, upright

MAX_PIXELS = 2**27
"""Images with more pixels are refused before they are unpacked: about 11 600 x 11 600, 512 MiB as gray float32."""

READABLE = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".npy")
WRITABLE = (".png", ".npy")
_FORMATS = ("PNG", "TIFF", "BMP", "JPEG")
# What Pillow and NumPy are known to raise on files that are cut off or damaged.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, struct.error, zlib.error)


class ImageFileError(ValueError):
    """A file that is there but holds no image that can be used; the message says why."""


def read_image(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Image:
    """Read a picture as float32 in [0, 1].

    Parameters
    ----------
    path
        PNG, TIFF, BMP or JPEG (8 or 16 bits, gray or RGB; a palette becomes RGB; bilevel becomes 0 and 1; an alpha
        channel is dropped when it is opaque everywhere and refused otherwise), TIFF of floats, or NPY of floats.
    max_pixels
        Larger images are refused before they are unpacked.

    Returns
    -------
    ``(H, W)`` or ``(H, W, 3)``.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        The file cannot be opened.
    ImageFileError
        Empty, truncated, damaged, too large, not an image, or of values that are no image in [0, 1].

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from medfuse_course.datasets import read_image
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("L", (3, 2), 51).save(Path(folder) / "gray.png")
    ...     image = read_image(Path(folder) / "gray.png")
    >>> image.shape, image.astype(float).round(6)[0].tolist()  # 51 of 255
    ((2, 3), [0.2, 0.2, 0.2])
    """
    path = check_readable(path)
    try:
        array = _read_npy(path, max_pixels) if path.suffix.lower() == ".npy" else _read_picture(path, max_pixels)
        return np.ascontiguousarray(check_image(array, str(path)))
    except (ValueError, TypeError) as error:
        raise ImageFileError(str(error)) from error


def write_image(path: str | os.PathLike[str], image: Image, *, bits: int = 8, overwrite: bool = True) -> None:
    """Write an image; the file appears whole or not at all.

    Parameters
    ----------
    path
        ``.png`` or ``.npy`` (float32, exact).
    image
        ``(H, W)`` or ``(H, W, 3)``, in [0, 1].
    bits
        8 or 16 bits a channel, for PNG: values are rounded to the nearest of 256 or 65536 steps.
    overwrite
        Whether a file that is there when all is computed may be replaced.

    Raises
    ------
    ValueError, TypeError
        Another format, another number of bits, or not an image.
    OSError
        The file cannot be written: no such folder, no permission, no space. Nothing is left behind.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from medfuse_course.datasets import read_image, write_image
    >>> image = np.array([[0.0, 0.25], [0.75, 1.0]], dtype=np.float32)
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("coarse.png", "exact.npy"):  # 8 bits: steps of 1 / 255
    ...         write_image(Path(folder) / name, image)
    ...         read_image(Path(folder) / name).astype(float).round(4).tolist()
    [[0.0, 0.251], [0.749, 1.0]]
    [[0.0, 0.25], [0.75, 1.0]]
    """
    path = Path(path)
    if path.suffix.lower() not in WRITABLE:
        raise ValueError(f"{path}: expected a name that ends in .png or .npy, got {path.suffix or 'no ending'}")
    if bits not in (8, 16):
        raise ValueError(f"bits: expected 8 or 16, got {bits!r}")
    image = check_image(image)
    with atomic_path(path, overwrite) as part, part.open("wb") as file:
        file.write(_npy_bytes(image) if path.suffix.lower() == ".npy" else _png_bytes(image, bits))


def read_quantity(path: str | os.PathLike[str], *, stack: bool = False) -> NDArray[np.float32]:
    """Read a gray image in a unit of its own: NPY or TIFF of floats on any scale; other pictures count in [0, 1].

    Parameters
    ----------
    path
        As for `read_image`.
    stack
        Whether a NPY file may hold an odd number of neighboring slices, ``(D, H, W)``.

    Returns
    -------
    float32 ``(H, W)``, or ``(D, H, W)``.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, ImageFileError
        As for `read_image`; or the image is RGB.
    """
    path = check_readable(path)
    try:
        array = _read_npy(path, MAX_PIXELS) if path.suffix.lower() == ".npy" else _read_picture(path, MAX_PIXELS)
        return check_quantity(array, str(path), stack=stack)
    except (ValueError, TypeError) as error:
        raise ImageFileError(str(error)) from error


def write_quantity(path: str | os.PathLike[str], array: NDArray[np.float32], *, overwrite: bool = True) -> None:
    """Write a gray image in a unit of its own as NPY, float32; as PNG where it lies in [0, 1]. Whole or not at all."""
    path = Path(path)
    if path.suffix.lower() == ".npy":
        with atomic_path(path, overwrite) as part, part.open("wb") as file:
            file.write(_npy_bytes(check_quantity(array)))
    else:
        write_image(path, array, overwrite=overwrite)


def check_readable(path: str | os.PathLike[str]) -> Path:
    """The path, if a file lies there that can be opened and is not empty."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, got a folder; name one file in it")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; is the name spelled right?")
    if not path.is_file():
        raise ImageFileError(f"{path}: expected an ordinary file, got a device or a pipe; save it to a file first")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{path}: no permission to read this file")
    if path.stat().st_size == 0:
        raise ImageFileError(f"{path}: the file is empty; get it again from where it came")
    return path


def _read_npy(path: Path, max_pixels: int) -> NDArray[Any]:
    try:
        # Mapped, not read: a header that promises more than the file holds is refused before memory is taken.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except _DAMAGED as error:
        reason = _first_line(error)
        if "allow_pickle" in reason or "Python objects" in reason:
            raise ImageFileError(f"{path}: expected numbers, got Python objects; these are never loaded") from error
        raise ImageFileError(f"{path}: not a whole NPY file ({reason}); write it again with numpy.save") from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise ImageFileError(f"{path}: expected one array, got an archive; save the one you mean with numpy.save")
    _check_size(path, array.shape, max_pixels)
    return np.array(array)


def _read_picture(path: Path, max_pixels: int) -> NDArray[Any]:
    try:
        # The size is checked here, and oddities of EXIF or TIFF change no pixel.
        with own_filters("ignore"), nothing_filled_up(), Pillow.open(path, formats=_FORMATS) as picture:
            _check_size(path, (picture.height, picture.width), max_pixels)
            if (pages := getattr(picture, "n_frames", 1)) > 1:
                raise ImageFileError(f"{path}: holds {pages} pictures; save the one you mean alone")
            return _pixels(path, picture)
    except ImageFileError:
        raise
    except Pillow.DecompressionBombError as error:
        raise ImageFileError(f"{path}: unpacks to too many pixels; scale it down first") from error
    except UnidentifiedImageError as error:
        raise ImageFileError(f"{path}: not an image that can be read; expected one of {', '.join(READABLE)}") from error
    except _DAMAGED as error:
        reason = _first_line(error)
        raise ImageFileError(f"{path}: truncated or damaged ({reason}); get it again from where it came") from error


def _pixels(path: Path, picture: Pillow.Image) -> NDArray[Any]:
    data = path.read_bytes() if picture.format in ("PNG", "JPEG") else b""
    if picture.format == "PNG":
        check_png(data)
    lying = orientation_of(picture)
    if png16.depth(data) == 16:
        return _opaque(path, upright(png16.decode(data), lying).astype(np.float32) / np.float32(65535))
    try:
        said = meaning(path, picture)
    except ValueError as reason:
        raise ImageFileError(f"{path}: {reason}") from reason
    if said.unpacked is not None:
        return _opaque(path, upright(said.unpacked, lying))
    picture.load()
    if picture.format == "JPEG":
        check_jpeg(data, np.asarray(picture))
    # Pillow turns some files by itself; then their tag is gone, and nothing is turned twice
    picture = ImageOps.exif_transpose(picture)
    if data and picture.mode == "L" and (key := picture.info.get("transparency")) is not None:
        levels = 2 ** (png16.depth(data) or 8)  # Pillow spreads the samples to 8 bits, and not the clear one
        picture.info["transparency"] = key % levels * 255 // (levels - 1)
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    array = np.asarray(picture)
    if picture.mode in ("1", "L", "LA", "RGB", "RGBA"):
        full = 1 if picture.mode == "1" else 255
        return _opaque(path, np.atleast_3d(array).astype(np.float32) / np.float32(full))
    if picture.mode.startswith("I;16"):
        share = array.astype(np.float32) / np.float32(said.full)
        return 1 - share if said.inverted else share
    if picture.mode == "F":
        return array
    raise ImageFileError(f"{path}: expected gray or RGB, got Pillow's mode {picture.mode!r}; convert it first")


def _opaque(path: Path, array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take ``(H, W, 1..4)`` to gray or RGB; an alpha channel may go only if it hides nothing."""
    channels = array.shape[2]
    if channels in (2, 4) and (array[..., -1] < 1).any():
        raise ImageFileError(f"{path}: has transparent pixels; flatten the picture first")
    return array[..., 0] if channels < 3 else array[..., :3]


def _png_bytes(image: Image, bits: int) -> bytes:
    if bits == 16:
        return png16.encode(np.rint(np.atleast_3d(image).astype(np.float64) * 65535).astype(np.uint16))
    buffer = io.BytesIO()
    Pillow.fromarray(to_uint8(image)).save(buffer, format="PNG")
    return buffer.getvalue()


def _npy_bytes(image: Image) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, image, allow_pickle=False)
    return buffer.getvalue()


def _check_size(path: Path, shape: tuple[int, ...], max_pixels: int) -> None:
    pixels = int(np.prod(shape, dtype=object))
    if pixels > max_pixels * (3 if len(shape) > 2 else 1):
        size = " x ".join(map(str, shape))
        raise ImageFileError(f"{path}: {size} is larger than {max_pixels} pixels, the most that is read; cut it first")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
