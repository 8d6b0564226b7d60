"""Ctrl-C, pressed by a test."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def ctrl_c(after: float = 0.5, within: float = 8.0) -> Iterator[None]:
    """Press Ctrl-C while the block runs, and see it end by that in time."""
    if sys.platform == "win32":
        pytest.skip("Ctrl-C is another thing on Windows")
    main = threading.main_thread().ident
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(after, signal.pthread_kill, [main, signal.SIGINT])
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
        assert time.monotonic() - started < after + within
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
