"""All pairs and cases, and how to load one by name.

A `Pair` holds two images in [0, 1] to be fused. A `Case` holds the inputs of one call of `enhance`, `synthesize` or
`segment`, on the scale that the verb wants, and the target that its result is measured against. All cases are phantoms.

Both are declared as data; a loader is imported when it is first needed. To add a source of pairs, declare it here and
write ``load(name, *, slice=None, seed=0, ...) -> Pair``. The keywords of that function are the options of the pair.
"""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from medfuse_course.core.registry import Registry, load_object, unknown
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.pair import Pair


@dataclass(frozen=True)
class PairInfo:
    """What is known of a pair before it is loaded.

    Attributes
    ----------
    name
        ``"<source>/<a>-<b>"``.
    modalities
        What a and b are.
    title
        One line for people.
    truth
        Whether the pair comes with a known truth.
    needs
        ``"nothing"``, or ``"download"`` when images must be fetched once (or lie in ``MEDFUSE_DATA``).
    loader
        ``"package.module:function"``.
    """

    name: str
    modalities: tuple[str, str]
    title: str
    truth: bool
    needs: Literal["nothing", "download"]
    loader: str


PAIRS: Registry[PairInfo] = Registry("pair")
"""All pairs, phantoms first."""


def _declare(name: str, modalities: tuple[str, str], title: str, loader: str, *, phantom: bool) -> None:
    PAIRS.add(name, PairInfo(name, modalities, title, phantom, "nothing" if phantom else "download", loader))


_HEAD = "medfuse_course.datasets.head.pairs"
_declare("head/mri-pet", ("MRI", "PET"), "Head phantom: MRI and FDG-PET", f"{_HEAD}:load_mri_pet", phantom=True)
_declare("head/mri-ct", ("MRI", "CT"), "Head phantom: MRI and CT", f"{_HEAD}:load_mri_ct", phantom=True)
_declare(
    "head/mri-spect", ("MRI", "SPECT"), "Head phantom: MRI and perfusion SPECT", f"{_HEAD}:load_mri_spect", phantom=True
)
_declare(
    "thorax/ct-pet",
    ("CT", "PET"),
    "Thorax phantom: CT and FDG-PET",
    "medfuse_course.datasets.thorax.pairs:load_ct_pet",
    phantom=True,
)
for _modality in ("CT", "PET", "SPECT"):
    _declare(
        f"aanlib/mri-{_modality.lower()}",
        ("MRI", _modality),
        f"Whole Brain Atlas: MRI and {_modality} of {'one head' if _modality == 'PET' else 'patients'}",
        "medfuse_course.datasets.aanlib:load",
        phantom=False,
    )


@dataclass(frozen=True)
class CaseInfo:
    """What is known of a case before it is loaded.

    Attributes
    ----------
    name
        ``"<source>/<what>"``.
    task
        Slug of the task that it is a case of.
    title
        One line for people.
    loader
        ``"package.module:function"``, imported when the case is first loaded.
    """

    name: str
    task: str
    title: str
    loader: str


CASES: Registry[CaseInfo] = Registry("case")
"""All cases, in the order of their tasks."""

for _info in (
    CaseInfo(
        "thorax/low-dose-pet",
        "enhancement",
        "Thorax phantom: FDG-PET at a tenth of the dose",
        "medfuse_course.datasets.thorax.cases:low_dose_pet",
    ),
    CaseInfo(
        "head/mri-to-ct",
        "synthesis",
        "Head phantom: MRI, and the CT to be made of it",
        "medfuse_course.datasets.head.cases:mri_to_ct",
    ),
    CaseInfo(
        "thorax/pet-ct-lesions",
        "segmentation",
        "Thorax phantom: CT, FDG-PET and their lesions",
        "medfuse_course.datasets.thorax.cases:pet_ct_lesions",
    ),
):
    CASES.add(_info.name, _info)


def list_pairs() -> tuple[PairInfo, ...]:
    """All pairs that `load_pair` knows, phantoms first.

    Examples
    --------
    >>> from medfuse_course import list_pairs
    >>> list_pairs()[0].name
    'head/mri-pet'
    """
    return PAIRS.values()


def load_pair(name: str, *, slice: int | None = None, seed: int = 0, **options: Any) -> Pair:
    """Load a registered pair of images by name.

    Parameters
    ----------
    name
        ``"head/mri-pet"``, ``"aanlib/mri-ct"``, ...; `list_pairs` has them all.
    slice
        Which axial slice; None is the source's own choice.
    seed
        Which phantom head; for real images, which of the cases.
    **options
        What the source offers besides, such as ``contrast="t2"`` and ``lesions=2`` of the head phantom
        (`datasets.head.pairs`) or ``case`` and ``split`` of the Whole Brain Atlas.

    Returns
    -------
    A `Pair`: two images in [0, 1] on one grid, with all that is known of them.

    Raises
    ------
    UnknownNameError
        No pair of that name; the message suggests the nearest.
    TypeError
        An option that this pair does not have.
    ValueError
        A value outside its range.

    Examples
    --------
    >>> from medfuse_course import load_pair
    >>> pair = load_pair("head/mri-ct")
    >>> pair.a.shape, pair.modalities, pair.spacing
    ((256, 256), ('MRI', 'CT'), (1.0, 1.0))
    """
    info = PAIRS[name]
    load = load_object(info.loader)
    allowed = [p.name for p in inspect.signature(load).parameters.values() if p.kind is p.KEYWORD_ONLY]
    _check_options(name, options, allowed)
    pair: Pair = load(name, slice=slice, seed=seed, **options)
    return pair


def list_cases() -> tuple[CaseInfo, ...]:
    """All cases that `load_case` knows.

    Examples
    --------
    >>> from medfuse_course.datasets import list_cases
    >>> [case.name for case in list_cases()]
    ['thorax/low-dose-pet', 'head/mri-to-ct', 'thorax/pet-ct-lesions']
    """
    return CASES.values()


def load_case(name: str, *, seed: int = 0, **options: Any) -> Case:
    """Load a case by name.

    Parameters
    ----------
    name
        ``"thorax/low-dose-pet"``, ``"head/mri-to-ct"`` or ``"thorax/pet-ct-lesions"``.
    seed
        Which phantom; from 100000 on they are for training.
    **options
        Keyword options of the case's loader, in `thorax.cases` or `head.cases`: slice, lesions, dose, noise, ...

    Returns
    -------
    A `Case`.

    Raises
    ------
    UnknownNameError
        No case of that name.
    TypeError, ValueError
        An option that this case does not have, or a value outside its range.

    Examples
    --------
    >>> from medfuse_course.datasets import load_case
    >>> case = load_case("thorax/low-dose-pet")
    >>> list(case.inputs), case.task
    (['PET at 10 % of the dose'], 'enhancement')
    """
    load = load_object(CASES[name].loader)
    _check_options(name, options, [option for option in inspect.signature(load).parameters if option != "seed"])
    case: Case = load(seed=seed, **options)
    return case


def _check_options(name: str, options: Iterable[str], allowed: list[str]) -> None:
    for option in options:
        if option not in allowed:
            raise TypeError(f"{name}: {unknown('option', option, allowed)} (options: {', '.join(allowed)})")
