"""Training to watch: one figure that updates while a network learns."""

import os
import time
from typing import Any

from medfuse_course.plots.training import training_curves


class LiveCurves:
    """A callback for `medfuse_course.training.train` that redraws its figure every few seconds.

    A page that is read without a kernel (``MEDFUSE_STATIC=1``) keeps every drawing, so there only the last is made.

    Parameters
    ----------
    alt
        Text alternative of the figure.
    every
        Seconds between drawings.
    smooth
        Training losses are averaged over so many steps.
    """

    def __init__(self, *, alt: str, every: float = 3.0, smooth: int = 10) -> None:
        self.records: list[Any] = []
        self._alt, self._every, self._smooth = alt, every, smooth
        self._handle: Any = None
        self._drawn = 0.0

    def __call__(self, record: Any) -> None:
        """Take a record; draw if it is time, and at the end."""
        self.records.append(record)
        static = os.environ.get("MEDFUSE_STATIC", "0") not in ("", "0")
        due = not static and time.monotonic() - self._drawn >= self._every
        if due or record.number == record.total:
            self._draw()

    def _draw(self) -> None:
        from IPython import display

        figure = training_curves(self.records, alt=self._alt, smooth=self._smooth)
        if self._handle is None:
            show: Any = display.display
            self._handle = show(figure, display_id=True)
        else:
            self._handle.update(figure)
        self._drawn = time.monotonic()
