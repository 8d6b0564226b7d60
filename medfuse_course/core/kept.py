"""What is made once for a shape of images and used for many: kept, as long as all of it fits into a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Arrays = TypeVar("Arrays")

MOST = 2**28
"""Bytes of all that is kept, by all functions together."""

_kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
_lock = threading.Lock()


def keep(function: Callable[Arguments, Arrays]) -> Callable[Arguments, Arrays]:
    """Remember arrays that a function made of hashable arguments, the latest first, within `MOST` bytes.

    The filters of one large image may take more memory than the image does, long after it is gone:
    `functools.lru_cache` counts results, not bytes. Results are shared, so they must be read-only.
    """

    @wraps(function)
    def remembered(*arguments: Arguments.args, **options: Arguments.kwargs) -> Arrays:
        key = (function, arguments, tuple(sorted(options.items())))
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                found: Arrays = _kept[key][0]
                return found
        made = function(*arguments, **options)
        if (size := size_of(made)) <= MOST:
            with _lock:
                _kept[key] = made, size
                while sum(size for _, size in _kept.values()) > MOST:
                    _kept.popitem(last=False)
        return made

    return remembered


def size_of(arrays: Any) -> int:
    """Bytes of an array, or of tuples of arrays."""
    return sum(map(size_of, arrays)) if isinstance(arrays, tuple) else int(arrays.nbytes)
