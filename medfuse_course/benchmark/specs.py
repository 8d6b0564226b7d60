"""What is compared, as small frozen values that any process can turn into the thing itself.

In text a specification is a name and its options: ``laplacian_pyramid:levels=5``, ``head/mri-pet:lesions=2,color=hot``.
"""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from medfuse_course.core.registry import load_object, unknown
from medfuse_course.datasets import aanlib
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.catalogue import CASES, PAIRS, load_case, load_pair
from medfuse_course.datasets.pair import Pair
from medfuse_course.methods.base import Method
from medfuse_course.methods.catalogue import get_method, list_methods
from medfuse_course.methods.options import read_options, read_value, split_options
from medfuse_course.methods.own import OwnMethod, as_method
from medfuse_course.methods.running import check_options

Options = tuple[tuple[str, Any], ...]
"""Option names with their values, sorted by name."""


@dataclass(frozen=True)
class MethodSpec:
    """One method with its options.

    Attributes
    ----------
    slug
        A name from `methods.list_methods`, or the name of a method of one's own.
    options
        Options of the method as sorted (name, value) pairs; `of` takes them by keyword.
    name
        What tables call it; the slug with its options by default.
    own
        The function or network behind a name that is no slug; `named` makes it.
    """

    slug: str
    options: Options = ()
    name: str = ""
    own: OwnMethod | None = None

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
        name, texts = split_options(text)
        method = get_method(name)
        options = read_options(texts, method.options | method.verb_options) if texts else {}
        return cls.of(name, **options)

    @classmethod
    def named(cls, name: str, method: Any) -> "MethodSpec":
        """A method under a name of one's own: a function, a network, or anything else that stands for a method."""
        if not isinstance(name, str) or not name.strip() or "\n" in name:
            raise TypeError(f"methods: expected a name of one line for each method of your own, got {name!r}")
        if isinstance(method, str | cls):
            return replace(cls.parse(method) if isinstance(method, str) else method, name=name)
        own = as_method(method, name)
        if not isinstance(own, OwnMethod):
            return cls(own.slug, name=name)
        if name in {m.slug for m in list_methods()}:
            raise ValueError(f"methods: {name!r} is the name of a method of the library; give your own another")
        return cls(name, own=own)

    @property
    def method(self) -> Method:
        """The declaration."""
        return self.own or get_method(self.slug)

    @property
    def label(self) -> str:
        """The given name, or the text that `parse` reads."""
        return self.name or _label(self.slug, self.options)

    def check(self, task: str = "fusion") -> None:
        """Raise TypeError or ValueError if the method does another task or takes no such option; imports its file."""
        if self.method.task.slug != task:
            raise ValueError(f"methods: expected {task} methods, got {self.slug!r}, which does {self.method.task}")
        try:
            check_options(self.method, dict(self.options), self.method.verb_options)
        except (TypeError, ValueError) as error:
            raise type(error)(f"methods: {self.slug}: {str(error).removeprefix(f'{self.slug}: ')}") from error


@dataclass(frozen=True)
class PairSpec:
    """One pair of images, or one case of another task than fusion.

    Attributes
    ----------
    name
        A name from `datasets.list_pairs` or `datasets.list_cases`.
    slice
        Axial slice; None for the phantom's own choice. A real pair must say which.
    seed
        Which phantom; None for real pairs.
    case
        Which scan of the source (`aanlib.subjects` says whose); None for phantoms.
    options
        Options of `datasets.load_pair` or `load_case` as sorted (name, value) pairs; the ``split`` of a real pair is
        among them.
    """

    name: str
    slice: int | None = None
    seed: int | None = None
    case: int | None = None
    options: Options = ()

    def __post_init__(self) -> None:
        phantom = self.has_truth
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

    @classmethod
    def parse(cls, text: str) -> tuple[str, dict[str, Any]]:
        """``"head/mri-pet:lesions=2,color=hot"`` as a name and options for `phantom_pairs` or `aanlib_pairs`."""
        name, texts = split_options(text)
        return name, read_options(texts, _options_of(name))

    @property
    def label(self) -> str:
        """Name and options, without slice, seed and case: what a table is about."""
        return _label(self.name, self.options)

    @property
    def has_truth(self) -> bool:
        """Whether the pair comes with a known truth; all cases do."""
        return self.name in CASES or PAIRS[self.name].truth

    @property
    def task(self) -> str:
        """Slug of the task that methods have here: fusion of a pair, or that of a case."""
        return CASES[self.name].task if self.name in CASES else "fusion"

    def check(self) -> None:
        """Raise TypeError if the pair has no such option."""
        known = [name for name in _options_of(self.name) if name not in ("slice", "seed", "case")]
        for name, _ in self.options:
            if name not in known:
                raise TypeError(f"pairs: {self.name}: {unknown('option', name, known)}")

    def load(self) -> Pair | Case:
        """The images."""
        options = dict(self.options)
        if self.name in CASES:
            return load_case(self.name, seed=self.seed or 0, slice=self.slice, **options)
        if self.case is not None:
            options["case"] = self.case
        return load_pair(self.name, slice=self.slice, seed=self.seed or 0, **options)


def phantom_pairs(
    name: str, seeds: Iterable[int] = range(10), slices: Iterable[int | None] = (None,), **options: Any
) -> tuple[PairSpec, ...]:
    """Every seed in every slice of one phantom, a pair or a case; ``options`` as its loader takes them.

    Examples
    --------
    >>> from medfuse_course.benchmark import phantom_pairs
    >>> pairs = phantom_pairs("head/mri-ct", seeds=range(2), slices=(40, 50), lesions=2)
    >>> [(pair.seed, pair.slice) for pair in pairs]
    [(0, 40), (0, 50), (1, 40), (1, 50)]
    """
    each = _each("slices", slices)
    return tuple(PairSpec.of(name, slice=s, seed=seed, **options) for seed in _each("seeds", seeds) for s in each)


def aanlib_pairs(name: str, split: str = "val", cases: Iterable[int] | None = None) -> tuple[PairSpec, ...]:
    """Every slice of the cases of one split: choose on ``"val"``, report on ``"test"`` and never choose there.

    Parameters
    ----------
    name
        ``"aanlib/mri-ct"``, ``"aanlib/mri-pet"`` or ``"aanlib/mri-spect"``.
    split
        ``"train"``, ``"val"`` or ``"test"``.
    cases
        Some of its cases; all by default.

    Returns
    -------
    One specification for each slice, case after case.

    Examples
    --------
    >>> from medfuse_course.benchmark import aanlib_pairs
    >>> val, test = (aanlib_pairs("aanlib/mri-ct", split) for split in ("val", "test"))
    >>> {pair.case for pair in val} & {pair.case for pair in test}  # no case is in both
    set()
    """
    known = aanlib.cases(name, split)
    wanted = list(known) if cases is None else _each("cases", cases)
    for case in wanted:
        if case not in known:
            raise ValueError(f"cases: expected {split} cases of {name}, some of {list(known)}, got {case!r}")
    return tuple(PairSpec.of(name, case=c, slice=s, split=split) for c in wanted for s in known[c])


def _options_of(name: str) -> dict[str, Any]:
    """What `datasets.load_pair` or `load_case` takes, with defaults."""
    loader = CASES[name].loader if name in CASES else PAIRS[name].loader
    parameters = inspect.signature(load_object(loader)).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def _label(name: str, options: Options) -> str:
    return f"{name}:{','.join(f'{key}={_text(value)}' for key, value in options)}" if options else name


def _text(value: Any) -> str:
    return value if isinstance(value, str) and read_value(value) == value else repr(value)


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


def _each(name: str, given: Any) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        advice = f"; write [{given}], or range({given}) for the first {given}" if isinstance(given, int) else ""
        raise TypeError(f"{name}: expected several whole numbers, got {given!r}{advice}")
    return list(given)


def _whole(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: expected a whole number or None, got {value!r}")
    return int(value)
