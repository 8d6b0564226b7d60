"""The settings stay those that what ships was made with: seeds, sizes, budgets, shares, doses and defaults.

No quick test trains for an hour. A changed setting is no error, but tables and weights would not come out again:
whoever means it makes them and these digests anew (``python -m tests.test_settings_stay``). New names wait until then.
"""

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from inspect import isfunction
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

KEPT = Path(__file__).parent / "reference" / "settings.json"
ROOMS = (
    "benchmark.experiments", "datasets.head", "datasets.thorax", "datasets.centers", "losses", "physics", "training",
)  # fmt: skip
OTHERS = ("training.flower",)  # needs what is not installed everywhere


def modules_of(room: str) -> list[ModuleType]:
    first = importlib.import_module(f"medfuse_course.{room}")
    below = pkgutil.walk_packages(getattr(first, "__path__", ()), f"{first.__name__}.")
    names = [name for _, name, _ in below if not name.endswith(OTHERS)]
    return [first, *map(importlib.import_module, names)]


def plain(value: object) -> object:
    """What a setting says, without what differs from run to run; of a function its defaults."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, str) and Path(value).is_absolute():  # where this machine has it
        return Path(value).name
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return [[plain(key), plain(x)] for key, x in value.items()]
    if isinstance(value, tuple | list | range):
        return [plain(x) for x in value]
    if isinstance(value, slice):
        return [value.start, value.stop, value.step]
    if isinstance(value, partial):
        return [plain(value.func), plain(value.args), plain(value.keywords)]
    if isfunction(value):
        return [value.__qualname__, plain(value.__defaults__), plain(value.__kwdefaults__)]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(plain(getattr(value, field.name)) for field in fields(value))]
    return getattr(value, "__qualname__", type(value).__name__)


def settings_of(module: ModuleType) -> dict[str, str]:
    """Names of a module's own constants, and of functions and methods with defaults, with a digest of each."""
    own = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for name, kind in list(own.items()):
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            own |= {f"{name}.{part}": value for part, value in vars(kind).items()}
    found = {name: value for name, value in own.items() if name.rpartition(".")[2].strip("_").isupper()}
    found |= {
        name: value for name, value in own.items()
        if isfunction(value) and value.__module__ == module.__name__ and (value.__defaults__ or value.__kwdefaults__)
    }  # fmt: skip
    said = {name: json.dumps(plain(value)) for name, value in found.items()}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:8] for name, text in sorted(said.items())}


def settings(room: str) -> dict[str, dict[str, str]]:
    every = {module.__name__.removeprefix("medfuse_course."): settings_of(module) for module in modules_of(room)}
    return {name: found for name, found in every.items() if found}


@pytest.mark.parametrize("room", ROOMS)
def test_settings_are_those_of_what_ships(room):
    kept = json.loads(KEPT.read_text(encoding="utf8"))[room]
    found = settings(room)
    both = {(module, name) for module in kept.keys() & found.keys() for name in kept[module].keys() & found[module]}
    assert len(both) > 0.5 * sum(map(len, kept.values())), "most names are new: make the digests anew"
    other = sorted(f"{module}.{name}" for module, name in both if found[module][name] != kept[module][name])
    assert not other, f"{', '.join(other)}: not as when weights and tables were made"


if __name__ == "__main__":
    made = {room: settings(room) for room in ROOMS}
    KEPT.write_text(json.dumps(made).replace("}, ", "},\n") + "\n", encoding="utf8")
