"""What others say aloud: Python's warning filters, borrowed and given back; a package's log, passed on as warnings."""

import logging
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


@contextmanager
def log_as_warnings(name: str, about: str) -> Iterator[None]:
    """Inside, what this thread's code logs under a name becomes warnings, which whoever wants quiet can have.

    Parameters
    ----------
    name
        Of a logger.
    about
        What it is about: a file, for the beginning of each warning.

    Yields
    ------
    Nothing; the warnings come when the block has ended well.
    """
    said: list[str] = []
    here = threading.get_ident()

    def keep(record: logging.LogRecord) -> bool:
        if record.thread != here:
            return True
        said.append(record.getMessage())
        return False

    logger = logging.getLogger(name)
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
    for message in dict.fromkeys(said):
        warnings.warn(f"{about}: {message}", stacklevel=4)
