"""Frames carry plain values there and back; whatever else comes in is refused, and nothing of it is run."""

import io
import json
import math
import pickle
import struct

import numpy as np
import pytest

from medfuse_course.exercises.plain import Odd
from medfuse_course.grading.wire import WireError, read_frame, write_frame


def there_and_back(value):
    stream = io.BytesIO()
    write_frame(stream, {"value": value})
    stream.seek(0)
    return read_frame(stream)["value"]


def test_every_plain_kind_comes_back_as_it_was():
    value = (
        None, True, 3, -(10**400), 0.1, -math.inf, 1 + 2j, "\N{SNOWMAN}", [1, (2.0, [])], {"a": {0: 1.5}},
        np.float32(0.1), np.bool_(True), np.int64(-7),
    )  # fmt: skip
    back = there_and_back(value)
    assert back == value
    assert [type(x) for x in back] == [type(x) for x in value]
    assert math.isnan(there_and_back(math.nan))


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "u1", "i8", "c16", "?", "U3"])
@pytest.mark.parametrize("shape", [(), (0, 3), (4,), (2, 3, 4)])
def test_arrays_come_back_bit_for_bit(dtype, shape):
    array = (np.arange(24).reshape(2, 3, 4) / 7).astype(dtype).ravel()[: math.prod(shape)].reshape(shape)
    back = there_and_back(array)
    assert back.dtype == array.dtype and back.shape == shape and np.array_equal(back, array)
    assert back.flags.writeable
    assert np.array_equal(there_and_back(array.T), array.T)


def test_a_function_stays_and_is_called_by_its_number():
    stream, kept = io.BytesIO(), []
    write_frame(stream, {"f": [len]}, lambda function: kept.append(function) or len(kept) - 1)
    stream.seek(0)
    assert read_frame(stream, lambda number: ("stub", number))["f"] == [("stub", 0)]
    assert kept == [len]


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()]), np.ma.array([1.0]), b"x", len])
def test_what_is_not_plain_is_not_sent(value):
    with pytest.raises(Odd):
        write_frame(io.BytesIO(), {"value": value})


def framed(text, blob=b""):
    return struct.pack(">II", len(text), len(blob)) + text + blob


def of(value):
    return framed(json.dumps({"value": value}).encode(), b"12345678")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 8,
        b"passed\n",
        framed(b"{}")[:-1],
        framed(b"[]"),
        framed(b"{"),
        framed(pickle.dumps({"a": 1})),
        framed(b"[" * 100_000),
        of({"array": ["O", [1], 0, False]}),
        of({"array": ["V8", [1], 0, False]}),
        of({"array": ["f8", [-1], 0, False]}),
        of({"array": ["f8", [2], 0, False]}),
        of({"array": ["f8", [2**30, 2**30], 0, False]}),
        of({"array": ["f8", [1], -3, False]}),
        of({"call": 0}),
        of({"int": ["0x1", "x"], "float": []}),
        of({"dict": [[{"list": []}, 1]]}),
        of({"nothing": 1}),
        of(1.5),
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(WireError):
        read_frame(io.BytesIO(data))


def test_the_end_is_none():
    assert read_frame(io.BytesIO()) is None
