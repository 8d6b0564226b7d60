"""Frames between a judge and the process that holds a student's answers: JSON and the bytes of arrays.

Whatever comes in is data, and reading it runs none of it. A frame that is not of this form, too long, or nested too
deep is a `WireError`.
"""

import json
import struct
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from medfuse_course.exercises.plain import Odd, plain

MOST_WORDS, MOST_BYTES = 2**24, 2**29
"""Longest JSON and most bytes of arrays in a frame."""

_HEAD = struct.Struct(">II")


class WireError(ValueError):
    """What came is no frame."""


def write_frame(stream: IO[bytes], message: dict[str, Any], keep: Callable[[Any], int] | None = None) -> None:
    """Write a message of plain kinds; ``keep`` gives a function, which stays here, a number to call it by.

    Raises
    ------
    Odd
        A part is of another kind.
    """
    blobs: list[bytes] = []
    text = json.dumps({key: _packed(value, blobs, keep) for key, value in message.items()}).encode()
    blob = b"".join(blobs)
    if len(text) > MOST_WORDS or len(blob) > MOST_BYTES:
        raise Odd(f"{len(text) + len(blob)} bytes, more than is taken")
    stream.write(_HEAD.pack(len(text), len(blob)) + text + blob)
    stream.flush()


def read_frame(stream: IO[bytes], stub: Callable[[int], Any] | None = None) -> dict[str, Any] | None:
    """Read a message, None at the end of the stream; ``stub`` makes a function of the number of one that stayed there.

    Raises
    ------
    WireError
        What came is no frame.
    """
    head = _exactly(stream, _HEAD.size)
    if head is None:
        return None
    words, size = _HEAD.unpack(head)
    if words > MOST_WORDS or size > MOST_BYTES:
        raise WireError("a frame longer than is taken")
    text, blob = _exactly(stream, words) or b"", _exactly(stream, size) or b""
    try:
        return {str(key): _unpacked(value, blob, stub) for key, value in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, MemoryError) as error:
        raise WireError(f"a frame that cannot be read ({type(error).__name__})") from error


def _exactly(stream: IO[bytes], count: int) -> bytes | None:
    """So many bytes, or None where the stream has ended before them."""
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(min(count - len(parts), 2**20))
        if not part and parts:
            raise WireError("a frame that ends early")
        if not part:
            return None
        parts += part
    return bytes(parts)


def _packed(value: Any, blobs: list[bytes], keep: Callable[[Any], int] | None) -> Any:
    if keep is not None and callable(value):
        return {"call": keep(value)}
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind in (int, float, complex):
        parts = (value.real, value.imag) if kind is complex else (value,)
        return {kind.__name__: [hex(x) if kind is int else float(x).hex() for x in parts]}
    if kind in (tuple, list):
        return {kind.__name__: [_packed(part, blobs, keep) for part in value]}
    if kind is dict:
        return {"dict": [[_packed(key, blobs, keep), _packed(part, blobs, keep)] for key, part in value.items()]}
    known = plain(value)
    if not isinstance(known, np.ndarray | np.generic):
        return _packed(tuple(known) if isinstance(known, tuple) else known, blobs, keep)
    array = np.ascontiguousarray(known)
    start = sum(map(len, blobs))
    blobs.append(array.tobytes())
    return {"array": [array.dtype.str, list(np.shape(known)), start, isinstance(known, np.generic)]}


def _unpacked(value: Any, blob: bytes, stub: Callable[[int], Any] | None) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    ((kind, parts),) = value.items()
    match kind:
        case "int":
            return int(parts[0], 16)
        case "float":
            return float.fromhex(parts[0])
        case "complex":
            return complex(*map(float.fromhex, parts))
        case "tuple" | "list":
            made = [_unpacked(part, blob, stub) for part in parts]
            return tuple(made) if kind == "tuple" else made
        case "dict":
            return {_unpacked(key, blob, stub): _unpacked(part, blob, stub) for key, part in parts}
        case "array":
            return _array(blob, *parts)
        case "call" if stub is not None:
            return stub(int(parts))
    raise WireError(f"a part of the kind {kind!r}")


def _array(blob: bytes, name: str, shape: list[int], start: int, scalar: bool) -> Any:
    dtype = np.dtype(name)
    if dtype.kind not in "biufcU" or dtype.fields is not None or not all(0 <= side < 2**31 for side in shape):
        raise WireError(f"an array of {name}")
    count = int(np.prod(shape, dtype=object))
    made = np.frombuffer(blob, dtype, count, start).reshape(shape).copy() if count else np.zeros(shape, dtype)
    return made[()] if scalar else made
