"""Images to fuse and cases of other tasks: phantoms of known truth, real pairs, windows that bring values to [0, 1]."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from medfuse_course.datasets.case import Case
from medfuse_course.datasets.catalogue import PairInfo, list_cases, list_pairs, load_case, load_pair
from medfuse_course.datasets.intensity import Window, parse_window
from medfuse_course.datasets.misregistration import correction_field, displacement_field, misregister
from medfuse_course.datasets.pair import Pair, Truth

if TYPE_CHECKING:
    from medfuse_course.datasets import aanlib
    from medfuse_course.datasets.acquisition import ct_slice, pet_slice, spect_slice
    from medfuse_course.datasets.centers import CENTERS, Center, CenterPatient, center_patient
    from medfuse_course.datasets.examinations import SCANNERS, seen_by
    from medfuse_course.datasets.harmonization import match_histogram, match_spectrum
    from medfuse_course.datasets.head.tissues import TISSUES as HEAD_TISSUES
    from medfuse_course.datasets.head.volumes import head_volumes
    from medfuse_course.datasets.image_files import read_image, write_image
    from medfuse_course.datasets.one_head import aanlib_agreement
    from medfuse_course.datasets.pet_scanner import PetPair, PetScanner, draw_chest
    from medfuse_course.datasets.published import PublishedPicture, published_pictures
    from medfuse_course.datasets.thorax.breathing import Breathing
    from medfuse_course.datasets.thorax.counted import body_of, count_chest, counted_chest
    from medfuse_course.datasets.thorax.regions import organ_regions
    from medfuse_course.datasets.thorax.tissues import LABELS as THORAX_LABELS
    from medfuse_course.datasets.thorax.volumes import thorax_volumes
    from medfuse_course.datasets.volume import Volume, resample_to
    from medfuse_course.datasets.volume_files import read_volume

_LATER = {
    "SCANNERS": "examinations.SCANNERS",
    "seen_by": "examinations.seen_by",
    "match_histogram": "harmonization.match_histogram",
    "match_spectrum": "harmonization.match_spectrum",
    "CENTERS": "centers.CENTERS",
    "Center": "centers.Center",
    "CenterPatient": "centers.CenterPatient",
    "center_patient": "centers.center_patient",
    "Breathing": "thorax.breathing.Breathing",
    "HEAD_TISSUES": "head.tissues.TISSUES",
    "PetPair": "pet_scanner.PetPair",
    "PetScanner": "pet_scanner.PetScanner",
    "PublishedPicture": "published.PublishedPicture",
    "THORAX_LABELS": "thorax.tissues.LABELS",
    "Volume": "volume.Volume",
    "aanlib_agreement": "one_head.aanlib_agreement",
    "body_of": "thorax.counted.body_of",
    "count_chest": "thorax.counted.count_chest",
    "counted_chest": "thorax.counted.counted_chest",
    "ct_slice": "acquisition.ct_slice",
    "draw_chest": "pet_scanner.draw_chest",
    "head_volumes": "head.volumes.head_volumes",
    "organ_regions": "thorax.regions.organ_regions",
    "pet_slice": "acquisition.pet_slice",
    "published_pictures": "published.published_pictures",
    "spect_slice": "acquisition.spect_slice",
    "read_image": "image_files.read_image",
    "read_volume": "volume_files.read_volume",
    "resample_to": "volume.resample_to",
    "thorax_volumes": "thorax.volumes.thorax_volumes",
    "write_image": "image_files.write_image",
}
"""Found when first asked for: few who load a pair need a scanner or a file format."""

__all__ = [
    "CENTERS",
    "HEAD_TISSUES",
    "SCANNERS",
    "THORAX_LABELS",
    "Breathing",
    "Case",
    "Center",
    "CenterPatient",
    "Pair",
    "PairInfo",
    "PetPair",
    "PetScanner",
    "PublishedPicture",
    "Truth",
    "Volume",
    "Window",
    "aanlib",
    "aanlib_agreement",
    "body_of",
    "center_patient",
    "correction_field",
    "count_chest",
    "counted_chest",
    "ct_slice",
    "displacement_field",
    "draw_chest",
    "head_volumes",
    "list_cases",
    "list_pairs",
    "load_case",
    "load_pair",
    "match_histogram",
    "match_spectrum",
    "misregister",
    "organ_regions",
    "parse_window",
    "pet_slice",
    "published_pictures",
    "read_image",
    "read_volume",
    "resample_to",
    "seen_by",
    "spect_slice",
    "thorax_volumes",
    "write_image",
]


def __getattr__(name: str) -> Any:
    if name == "aanlib":
        return import_module("medfuse_course.datasets.aanlib")
    if name not in _LATER:
        raise AttributeError(f"module 'medfuse_course.datasets' has no attribute {name!r}")
    module, _, attribute = _LATER[name].rpartition(".")
    return getattr(import_module(f"medfuse_course.datasets.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
