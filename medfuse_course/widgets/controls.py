"""What a reader can turn: the description of a control, without any widget."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

DEFAULT_STEPS = 20
"""Steps of a float slider that names none."""

MAX_POSITIONS = 1001
"""More positions than pixels of a slider help nobody, and are mostly a mistake in the step."""


@dataclass(frozen=True)
class Control:
    """One slider or menu.

    Attributes
    ----------
    name
        The argument of the explored function.
    kind
        ``"slider"`` for numbers in order, ``"menu"`` for a choice.
    values
        All positions, in order.
    labels
        What the reader sees at each position.
    initial
        Index of the first position shown.
    """

    name: str
    kind: Literal["slider", "menu"]
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    initial: int

    @property
    def title(self) -> str:
        """The name as a reader sees it."""
        return self.name.replace("_", " ")

    def position(self, value: Any) -> int | None:
        """Where a value stands among the positions; None where it is none of them."""
        return next((k for k, own in enumerate(self.values) if same(own, value)), None)

    def at(self, positions: Sequence[int]) -> "Control":
        """The same control with these positions only; it starts at the one nearest to where it started."""
        nearest = min(range(len(positions)), key=lambda k: abs(positions[k] - self.initial))
        values = tuple(self.values[p] for p in positions)
        labels = number_labels(values) if self.kind == "slider" else tuple(self.labels[p] for p in positions)
        return Control(self.name, self.kind, values, labels, nearest)


def same(one: Any, other: Any) -> bool:
    """Whether two choices are one: what answers ``==`` with no yes or no, such as an array, is only itself."""
    if one is other:
        return True
    try:
        answer = one == other
    except Exception:  # a tuple of arrays
        return False
    return isinstance(answer, bool | np.bool_) and bool(answer)


def number_labels(values: Sequence[float]) -> tuple[str, ...]:
    """The values written with as many decimals as all of them need."""
    digits = _digits(values)
    return tuple(f"{v:.{digits}f}".replace("-", "\N{MINUS SIGN}") for v in values)


def read_controls(fn: Callable[..., Any], controls: Mapping[str, Any]) -> tuple[Control, ...]:
    """Read ``name=(low, high)``, ``name=["a", "b"]``, ``name={"label": value}`` and ``name=True``.

    A control starts at the default that `fn` gives its argument, if that is one of its positions; else a slider starts
    in the middle and a menu at its first entry.
    """
    if not callable(fn):
        raise TypeError(f"fn: expected a function of the controls, got {type(fn).__name__}")
    if not controls:
        raise ValueError("controls: expected at least one, got none; write for example alpha=(0.0, 1.0)")
    parameters = inspect.signature(fn).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in controls:
        if name not in parameters and not takes_all:
            raise TypeError(f"{name}: fn has no argument of that name; it takes {', '.join(parameters) or 'none'}")
    return tuple(_read(name, given, getattr(parameters.get(name), "default", None)) for name, given in controls.items())


def _read(name: str, given: Any, default: Any) -> Control:
    if isinstance(given, bool):
        return Control(name, "menu", (False, True), ("off", "on"), int(given))
    if isinstance(given, tuple) and len(given) in (2, 3) and all(_is_number(v) for v in given):
        return _read_range(name, given, default)
    if isinstance(given, Mapping):
        return _menu(name, tuple(given.values()), tuple(str(k) for k in given), default)
    if isinstance(given, (list, tuple)):
        return _menu(name, tuple(given), tuple(str(v) for v in given), default)
    raise TypeError(
        f"{name}: expected (low, high), (low, high, step), a list of choices, a mapping of label to value, or a bool, "
        f"got {type(given).__name__}"
    )


def _read_range(name: str, given: tuple[Any, ...], default: Any) -> Control:
    low, high = given[:2]
    whole = all(isinstance(v, (int, np.integer)) for v in given)
    step = given[2] if len(given) == 3 else 1 if whole else (high - low) / DEFAULT_STEPS
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{name}: expected low < high, got {low!r} and {high!r}")
    if not 0 < step <= high - low:
        raise ValueError(f"{name}: expected a step between 0 and {high - low:g}, got {step!r}")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > MAX_POSITIONS:
        raise ValueError(
            f"{name}: expected at most {MAX_POSITIONS} positions, got {count}; take a larger step than {step!r}"
        )
    digits = _digits((low, step))
    values = tuple(int(low + k * step) if whole else round(float(low + k * step), digits) for k in range(count))
    start = default if _is_number(default) and low <= default <= high else (low + high) / 2
    nearest = min(range(count), key=lambda k: abs(values[k] - start))
    return Control(name, "slider", values, number_labels(values), nearest)


def _menu(name: str, values: tuple[Any, ...], labels: tuple[str, ...], default: Any) -> Control:
    if len(values) < 2:
        raise ValueError(f"{name}: expected at least two choices, got {len(values)}")
    if len(set(labels)) < len(labels):
        raise ValueError(f"{name}: expected different choices, got {', '.join(labels)}")
    matches = [k for k, value in enumerate(values) if same(value, default)]
    return Control(name, "menu", values, labels, matches[0] if matches else 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _digits(numbers: Sequence[float]) -> int:
    """Decimals that write every one of the numbers; at most six."""
    return next(d for d in range(7) if d == 6 or all(abs(round(n, d) - n) < 1e-9 for n in numbers))
