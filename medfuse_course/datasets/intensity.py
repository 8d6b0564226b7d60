"""Intensity windows: the one place where HU, SUV and raw values become [0, 1].

A window is a value: it is parsed from text, applied, and written back as text that stays with the image, so that nobody
has to guess later what a gray level meant.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from medfuse_course.core.checks import plain_array
from medfuse_course.core.registry import unknown
from medfuse_course.core.types import Image

Kind = Literal["hu", "suv", "range", "percentile"]

HU_PRESETS: dict[str, tuple[float, float]] = {
    # level and width in HU, as radiology teaches them; departments differ
    "brain": (40, 80),
    "stroke": (40, 40),
    "subdural": (75, 215),
    "soft-tissue": (50, 350),
    "abdomen": (50, 400),
    "liver": (30, 150),
    "mediastinum": (50, 350),
    "lung": (-600, 1500),
    "bone": (400, 1800),
}
"""CT windows by name: level (the middle) and width."""

DEFAULT_WINDOW = "percentile:0.5,99.5"
"""The window of a volume for which none is named."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FORMS = "hu:<preset>, hu:<level>,<width>, suv:<low>-<high>, range:<low>,<high> or percentile:<low>,<high>"


@dataclass(frozen=True)
class Window:
    """A linear intensity window: `low` becomes 0, `high` becomes 1, what lies beyond is clipped.

    Attributes
    ----------
    kind
        ``"hu"``, ``"suv"``, ``"range"``, or ``"percentile"``.
    low, high
        The limits: in HU, in SUV, in the array's own unit, or in percent.
    preset
        Name of the CT window in `HU_PRESETS`; empty when there is none.
    fitted
        For a percentile window that was fitted to an array: the two values found there.

    Examples
    --------
    >>> from medfuse_course.datasets import Window
    >>> window = Window("hu", low=-1000, high=1000)
    >>> window.apply([-2000, 0, 500, 4000]).tolist(), window.undo([0.0, 0.75]).tolist()
    ([0.0, 0.5, 0.75, 1.0], [-1000.0, 500.0])
    """

    kind: Kind
    low: float
    high: float
    preset: str = ""
    fitted: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"window: {unknown('kind', self.kind, get_args(Kind))}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and math.isfinite(self.high - self.low)):
            raise ValueError(f"window: expected finite limits, got {self.low} and {self.high}")
        if self.low >= self.high:
            raise ValueError(
                f"window: expected low < high, got {self.low:g} and {self.high:g}; "
                "to invert an image, subtract it from 1"
            )
        if self.kind == "suv" and self.low < 0:
            raise ValueError(f"window: expected uptake values >= 0, got {self.low:g}")
        if self.kind == "percentile" and not 0 <= self.low < self.high <= 100:
            raise ValueError(f"window: expected percentiles in [0, 100], got {self.low:g} and {self.high:g}")

    def fit(self, array: Any) -> "Window":
        """The window whose limits are fixed numbers: for percentiles, those of the whole `array`.

        Fit on a volume, then apply to its slices: percentiles of each slice would make the same tissue change its gray
        level from slice to slice. A window of another kind is returned as it is.

        Raises
        ------
        ValueError
            The array is empty or not finite, or both percentiles fall on the same value.
        """
        values = _check(array)
        if self.kind != "percentile":
            return self
        low, high = (float(v) for v in np.percentile(values, (self.low, self.high)))
        if low == high:
            raise ValueError(
                f"array: percentiles {self.low:g} and {self.high:g} are both {low:g}, so there is no contrast to show; "
                "name the limits with range:<low>,<high>"
            )
        return replace(self, fitted=(low, high))

    def apply(self, array: Any) -> Image:
        """Map an array of any rank to float32 in [0, 1]: ``clip((array - low) / (high - low), 0, 1)``.

        A percentile window that was not fitted is fitted to the whole of `array` first.

        Raises
        ------
        TypeError
            `array` is not numeric.
        ValueError
            It is empty or not finite, or gives percentiles no contrast.
        """
        values = _check(array)
        limits = self.limits
        if limits is None:
            return self.fit(values).apply(values)
        low, high = limits
        # In float64 before anything else: float32 cannot hold the limits, and 300 below 310.15 would become -2e-6.
        share = (values.astype(np.float64, copy=False) - low) / (high - low)
        return share.clip(0, 1).astype(np.float32)

    def undo(self, image: Any) -> Image:
        """Values in the window's own unit of an image in [0, 1]: ``low + image * (high - low)``, float32.

        What lay outside the window was clipped and does not come back.

        Raises
        ------
        ValueError
            A percentile window that was never fitted: its limits are not known.
        """
        limits = self.limits
        if limits is None:
            raise ValueError(f"window: {self} was never fitted to an array, so [0, 1] has no values to return to")
        low, high = limits
        return (low + np.asarray(image, np.float64) * (high - low)).astype(np.float32)

    @property
    def limits(self) -> tuple[float, float] | None:
        """The values that become 0 and 1; None for a percentile window that was not fitted to an array."""
        return self.fitted if self.kind == "percentile" else (self.low, self.high)

    def __str__(self) -> str:
        """The text form: what `parse_window` reads, and in parentheses what it means."""
        level, width = (self.low + self.high) / 2, self.high - self.low
        if self.kind == "hu":
            name = self.preset or f"{_digits(level)},{_digits(width)}"
            return f"hu:{name} (level {level:g}, width {width:g})"
        text = f"{self.kind}:{_digits(self.low)}{'-' if self.kind == 'suv' else ','}{_digits(self.high)}"
        return text if self.fitted is None else f"{text} (from {self.fitted[0]:.6g} to {self.fitted[1]:.6g})"


def parse_window(text: str) -> Window:
    """Read a window from text: ``hu:brain``, ``hu:40,80``, ``suv:0-10``, ``range:0,1000``, ``percentile:0.5,99.5``.

    The text form of a `Window` is read as well; what it says in parentheses is for people and is ignored.

    Raises
    ------
    TypeError
        `text` is not a string.
    ValueError
        Unknown kind or preset, something that is not a number, or limits in the wrong order.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.datasets import parse_window
    >>> parse_window("hu:40,80").apply(np.array([[0.0, 40.0, 80.0, 1000.0]], dtype=np.float32))
    array([[0. , 0.5, 1. , 1. ]], dtype=float32)
    """
    if not isinstance(text, str):
        raise TypeError(f"window: expected text such as 'hu:brain', got {type(text).__name__}")
    kind, _, rest = text.partition("(")[0].strip().partition(":")
    rest = rest.strip()
    if kind == "hu":
        return _parse_hu(rest, text)
    if kind == "suv":
        return Window("suv", *_two_numbers(rest, "-", text))
    if kind in ("range", "percentile"):
        return Window(kind, *_two_numbers(rest, ",", text))  # type: ignore[arg-type]
    raise ValueError(f"window: {unknown('kind', kind, get_args(Kind))}; write {_FORMS}")


def _parse_hu(rest: str, text: str) -> Window:
    if "," in rest:
        level, width = _two_numbers(rest, ",", text)
        if width <= 0:
            raise ValueError(f"window: expected a width > 0 HU in {text!r}, got {width:g}; write hu:<level>,<width>")
        return Window("hu", level - width / 2, level + width / 2)
    if rest not in HU_PRESETS:
        raise ValueError(f"window: {unknown('CT window', rest, HU_PRESETS)}; or write hu:<level>,<width>")
    level, width = HU_PRESETS[rest]
    return Window("hu", level - width / 2, level + width / 2, preset=rest)


def _two_numbers(rest: str, mark: str, text: str) -> tuple[float, float]:
    found = re.fullmatch(rf"({_NUMBER})\s*{mark}\s*({_NUMBER})", rest)
    if found is None:
        raise ValueError(f"window: expected two numbers with {mark!r} between them, got {text!r}; write {_FORMS}")
    return float(found[1]), float(found[2])


def _digits(number: float) -> str:
    """The shortest text that reads back as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _check(array: Any) -> np.ndarray[Any, np.dtype[Any]]:
    values = plain_array(array)
    if not (np.issubdtype(values.dtype, np.floating) or np.issubdtype(values.dtype, np.integer)):
        raise TypeError(f"array: expected numbers, got dtype {values.dtype}")
    if values.size == 0:
        raise ValueError(f"array: expected at least one value, got shape {values.shape}")
    if not np.isfinite(values).all():
        bad = int(values.size - np.isfinite(values).sum())
        raise ValueError(
            f"array: expected finite values, got {bad} NaN or infinite of {values.size}; "
            "decide what they mean and replace them first, for example with numpy.nan_to_num"
        )
    return values
