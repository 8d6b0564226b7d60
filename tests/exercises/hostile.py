"""Answers and returned values of every kind but the right one, each with what its refusal has to say."""

import datetime
import itertools
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from scipy import sparse


class Evil:
    """Whatever is asked of it raises."""

    def _raises(self, *_, **__):
        raise RuntimeError("no")

    __array__ = __float__ = __int__ = __eq__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = _raises
    __hash__ = None

    def __getattr__(self, name):
        raise RuntimeError("no")


class EvilFloat(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__, __hash__ = __sub__, float.__hash__

    def __repr__(self):
        raise RuntimeError("no")


class EvilText(str):
    def strip(self, *_):
        return "b"

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class EvilArray(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, *_, **__):
        return np.True_


class Mute(BaseException):
    def __str__(self):
        raise RuntimeError("no")


def generator():
    yield 0.4


async def coroutine():
    return 0.4


def itself():
    made = []
    made.append(made)
    return made


def _objects():
    made = np.empty(2, dtype=object)
    made[0] = Evil()
    return made


def undefined(*_):
    raise AssertionError("it was called")


VALUES = {
    "function": (lambda: undefined, "the function undefined; write brackets"),
    "class": (lambda: Evil, "the class Evil; write brackets"),
    "generator": (generator, "generator; yield"),
    "coroutine": (lambda: _closed(coroutine()), "coroutine; write def, not async def"),
    "dict": (lambda: {"a": Evil()}, "Evil"),
    "set": (lambda: {0.1}, "set"),
    "evil": (Evil, "Evil"),
    "evil array": (lambda: np.zeros((3, 3)).view(EvilArray), "EvilArray; np.asarray"),
    "masked": (lambda: np.ma.array([1.0, 2.0], mask=[0, 1]), "MaskedArray; its masked values"),
    "matrix": (lambda: np.zeros((1, 1)).view(np.matrix), "matrix; np.asarray"),
    "sparse": (lambda: sparse.csr_matrix([[1.0]]), ".toarray()"),
    "sparse array": (lambda: sparse.csr_array([[1.0]]), ".toarray()"),
    "objects": (_objects, "array of object"),
    "records": (lambda: np.zeros(2, [("a", "f4")]), "not of numbers"),
    "datetime": (lambda: datetime.datetime(2020, 1, 1), "datetime"),
    "datetime64": (lambda: np.datetime64("2020-01-01"), "datetime64"),
    "bytes": (lambda: b"0.4", "bytes"),
    "range": (lambda: range(3), "range"),
    "iterator": (itertools.count, "count"),
    "module": (lambda: itertools, "module"),
    "namespace": (lambda: SimpleNamespace(a=1), "SimpleNamespace"),
    "exception": (lambda: ValueError("x"), "ValueError"),
    "itself": (itself, "RecursionError"),
    "huge": (lambda: np.broadcast_to(np.float32(0), (10**6, 10**6)), "so many values are not looked at"),
}
"""Name to a maker, and words of the refusal, where the value is the answer or what a function returned."""

FRACTIONS = [Fraction(2, 5), Decimal("0.4")]


def _closed(made):
    made.close()
    return made


RAISES = {
    "SystemExit": SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "GeneratorExit": GeneratorExit(),
    "MemoryError": MemoryError("too much"),
    "StopIteration": StopIteration(),
    "Mute": Mute(),
    "BaseExceptionGroup": BaseExceptionGroup("many", [KeyboardInterrupt()]),
    "UserWarning": UserWarning("as an error"),
}
