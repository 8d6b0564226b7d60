"""What is compared, as small frozen values that any process can turn into the thing itself.

In text a specification is a name and its options: ``laplacian_pyramid:levels=5``, ``head/mri-pet:lesions=2,color=hot``.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from medfuse_course.core.registry import load_object, unknown
from medfuse_course.datasets import aanlib
from medfuse_course.datasets.pair import Pair
from medfuse_course.datasets.pairs import PAIRS, load_pair
from medfuse_course.methods.base import Method
from medfuse_course.methods.registry import get_method

Options = tuple[tuple[str, Any], ...]
"""Option names with their values, sorted by name."""


@dataclass(frozen=True)
class MethodSpec:
    """One method with its options.

    Attributes
    ----------
    slug
        A name from `methods.list_methods`.
    options
        Options of the method as sorted (name, value) pairs; `of` takes them by keyword.
    """

    slug: str
    options: Options = ()

    def __post_init__(self) -> None:
        _ = self.method  # an unknown slug is answered now
        object.__setattr__(self, "options", _frozen(self.options))

    @classmethod
    def of(cls, slug: str, **options: Any) -> "MethodSpec":
        """``MethodSpec.of("laplacian_pyramid", levels=5)``."""
        return cls(slug, tuple(options.items()))

    @classmethod
    def parse(cls, text: str) -> "MethodSpec":
        """``MethodSpec.parse("laplacian_pyramid:levels=5")``."""
        name, options = parse_options(text)
        return cls.of(name, **options)

    @property
    def method(self) -> Method:
        """The declaration."""
        return get_method(self.slug)

    @property
    def label(self) -> str:
        """The text that `parse` reads."""
        return _label(self.slug, self.options)

    def check(self) -> None:
        """Raise TypeError or ValueError if the method does not fuse or has no such option; imports its file."""
        if self.method.task != "fusion":
            raise ValueError(f"methods: expected fusion methods, got {self.slug!r}, which does {self.method.task}")
        known = [*self.method.options, *([] if self.method.color_native else ["color"])]
        for name, _ in self.options:
            if name not in known:
                raise TypeError(f"methods: {self.slug}: {unknown('option', name, known)}")


@dataclass(frozen=True)
class PairSpec:
    """One pair of images.

    Attributes
    ----------
    name
        A name from `datasets.list_pairs`.
    slice
        Axial slice; None for the phantom's own choice. A real pair must say which.
    seed
        Which phantom; None for real pairs.
    case
        Which patient; None for phantoms.
    options
        Options of `datasets.load_pair` as sorted (name, value) pairs; the ``split`` of a real pair is among them.
    """

    name: str
    slice: int | None = None
    seed: int | None = None
    case: int | None = None
    options: Options = ()

    def __post_init__(self) -> None:
        phantom = PAIRS[self.name].truth
        if phantom and self.case is not None:
            raise ValueError(f"case: {self.name} is a phantom and has no patients; give a seed")
        if phantom and self.seed is None:
            object.__setattr__(self, "seed", 0)
        if not phantom and (self.case is None or self.slice is None or self.seed is not None):
            raise ValueError(
                f"case: {self.name} is told by case, slice and split (no seed), got case={self.case!r}, "
                f"slice={self.slice!r}, seed={self.seed!r}; aanlib_pairs({self.name!r}, split) lists them"
            )
        for field in ("slice", "seed", "case"):
            object.__setattr__(self, field, _whole(field, getattr(self, field)))
        object.__setattr__(self, "options", _frozen(self.options))

    @classmethod
    def of(
        cls, name: str, *, slice: int | None = None, seed: int | None = None, case: int | None = None, **options: Any
    ) -> "PairSpec":
        """``PairSpec.of("head/mri-ct", seed=3, lesions=2)``."""
        return cls(name, slice, seed, case, tuple(options.items()))

    @property
    def label(self) -> str:
        """Name and options, without slice, seed and case: what a table is about."""
        return _label(self.name, self.options)

    @property
    def has_truth(self) -> bool:
        """Whether the pair comes with a known truth."""
        return PAIRS[self.name].truth

    def check(self) -> None:
        """Raise TypeError if the pair has no such option."""
        parameters = inspect.signature(load_object(PAIRS[self.name].loader)).parameters.values()
        known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in ("slice", "seed", "case")]
        for name, _ in self.options:
            if name not in known:
                raise TypeError(f"pairs: {self.name}: {unknown('option', name, known)}")

    def load(self) -> Pair:
        """The images."""
        options = dict(self.options)
        if self.case is not None:
            options["case"] = self.case
        return load_pair(self.name, slice=self.slice, seed=self.seed or 0, **options)


def phantom_pairs(
    name: str, seeds: Iterable[int] = range(10), slices: Iterable[int | None] = (None,), **options: Any
) -> tuple[PairSpec, ...]:
    """Every seed in every slice of one phantom; ``options`` as `datasets.load_pair` takes them."""
    each = tuple(slices)
    return tuple(PairSpec.of(name, slice=s, seed=seed, **options) for seed in seeds for s in each)


def aanlib_pairs(name: str, split: str = "val", cases: Iterable[int] | None = None) -> tuple[PairSpec, ...]:
    """Every slice of the patients of one split: choose on ``"val"``, report on ``"test"`` and never choose there.

    Parameters
    ----------
    name
        ``"aanlib/mri-ct"``, ``"aanlib/mri-pet"`` or ``"aanlib/mri-spect"``.
    split
        ``"train"``, ``"val"`` or ``"test"``.
    cases
        Some of its patients; all by default.
    """
    patients = aanlib.cases(name, split)
    wanted = list(patients) if cases is None else list(cases)
    for case in wanted:
        if case not in patients:
            raise ValueError(f"cases: expected {split} patients of {name}, some of {list(patients)}, got {case!r}")
    return tuple(PairSpec.of(name, case=c, slice=s, split=split) for c in wanted for s in patients[c])


def parse_options(text: str) -> tuple[str, dict[str, Any]]:
    """``"name:key=value,key=value"`` as the name and its options; a value that is no Python literal is a string."""
    name, _, rest = text.partition(":")
    options = {}
    # A comma that no `key=` follows belongs to the value, as in window_a=percentile:0.5,99.5.
    for part in re.split(r",(?=\w+=)", rest) if rest else []:
        key, equals, value = part.partition("=")
        if not (key.isidentifier() and equals and value):
            raise ValueError(f"{text}: expected name:key=value,key=value after the colon, got {part!r}")
        options[key] = _literal(value)
    return name, options


def _label(name: str, options: Options) -> str:
    return f"{name}:{','.join(f'{key}={_text(value)}' for key, value in options)}" if options else name


def _text(value: Any) -> str:
    return value if isinstance(value, str) and _literal(value) == value else repr(value)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _frozen(options: Iterable[tuple[str, Any]] | Mapping[str, Any]) -> Options:
    pairs = options.items() if isinstance(options, Mapping) else options
    return tuple(sorted((name, _plain(name, value)) for name, value in pairs))


def _plain(name: str, value: Any) -> Any:
    """A value that compares, hashes and is written the same everywhere."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return tuple(_plain(name, part) for part in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{name}: expected a number, a string, True, False, None or a tuple of these, got {type(value).__name__}; "
        "a benchmark must be able to write its options down"
    )


def _whole(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: expected a whole number or None, got {value!r}")
    return int(value)
