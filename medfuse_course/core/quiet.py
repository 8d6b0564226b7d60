"""Python's warning filters, which are one list for a whole process: borrowed, and given back."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FILTERS = threading.RLock()


@contextmanager
def own_filters(action: Any, category: type[Warning] = Warning) -> Iterator[list[warnings.WarningMessage]]:
    """Inside, one filter for warnings holds; what it lets through is recorded, and shown to nobody.

    Python's filters are one list for all threads, which `warnings.catch_warnings` puts aside and back: two threads that
    do so at once can leave the list of one to everybody, for good. So threads take turns here.

    Parameters
    ----------
    action
        ``"ignore"`` or ``"always"``, as `warnings.simplefilter` takes it.
    category
        Of the warnings.

    Yields
    ------
    The warnings recorded so far.
    """
    with _FILTERS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action, category)
        yield caught
