"""Which pairs there are, and how to load one by name.

A pair is declared as data; its loader is imported when the pair is first loaded. To add a source, declare it here and
write ``load(name, *, slice=None, seed=0, ...) -> Pair``. The keywords of that function are the options of the pair.
"""

import inspect
from dataclasses import dataclass
from typing import Any, Literal

from medfuse_course.core.registry import Registry, load_object, unknown
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
        f"Whole Brain Atlas: MRI and {_modality} of patients",
        "medfuse_course.datasets.aanlib:load",
        phantom=False,
    )


def list_pairs() -> tuple[PairInfo, ...]:
    """All pairs that `load_pair` knows, phantoms first."""
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
    """
    info = PAIRS[name]
    load = load_object(info.loader)
    allowed = [p.name for p in inspect.signature(load).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for option in options:
        if option not in allowed:
            raise TypeError(f"{name}: {unknown('option', option, allowed)} (options: {', '.join(allowed)})")
    pair: Pair = load(name, slice=slice, seed=seed, **options)
    return pair
