"""The pair of the thorax phantom: ``thorax/ct-pet``, a CT and an FDG-PET of one chest.

Options: ``lesions`` (how many, centered in the slice), ``lesion_size`` (diameter in mm, 6 to 40) and ``lesion_suv`` (3
to 15), each drawn for every lesion where None; ``arms`` beside the body; ``noise`` (0 none, 1 usual); ``dose`` of the
PET (the share of its counts that is kept, 1 all); ``attenuation_correction`` of the PET; ``offset_mm`` (how much lower
the organs stood in the CT than on average in the PET), ``travel_mm`` (how far they moved during the PET) and
``liver_lesion`` (diameter in mm of an uptake under the dome of the liver, which the CT does not show), all three as
`thorax.breathing` has them; ``simulate``
(``"reconstruction"``: through projector and reconstruction, or ``"image_space"``: point spread and noise, faster);
``color`` of the PET, ``"gray"`` or the name of a pseudo-color table; ``window_a`` and ``window_b`` (text, as
`intensity.parse_window` reads it).
"""

from dataclasses import asdict, replace

from medfuse_course.core.types import FloatArray
from medfuse_course.datasets.acquisition import Simulation
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.datasets.pair import Pair, Truth
from medfuse_course.datasets.phantom import check_slice, colored, library_version, slice_affine
from medfuse_course.datasets.thorax.breathing import LIVER_LESION_SUV, Breathing, dome_lesion, pet_while_breathing
from medfuse_course.datasets.thorax.planning import SIZES, make_scan
from medfuse_course.datasets.thorax.scan import DEFAULT_SLICE, SLICE_SPACING, SLICES, ThoraxScan, plane_height
from medfuse_course.datasets.thorax.tissues import HOST, LABEL_NAMES, LABELS

# Lungs and soft tissue at once, on a black background: the windows of the clinic (hu:lung, hu:mediastinum) are options.
_WINDOWS = ("hu:-350,1300", "suv:0-8")


def load_ct_pet(
    name: str = "thorax/ct-pet",
    *,
    slice: int | None = None,
    seed: int = 0,
    lesions: int = 2,
    lesion_size: float | None = None,
    lesion_suv: float | None = None,
    arms: bool = False,
    noise: float = 1.0,
    dose: float = 1.0,
    attenuation_correction: bool = True,
    offset_mm: float = 0.0,
    travel_mm: float = 0.0,
    liver_lesion: float | None = None,
    simulate: Simulation = "reconstruction",
    color: str = "gray",
    window_a: str | None = None,
    window_b: str | None = None,
) -> Pair:
    """CT and FDG-PET of one slice of the phantom; `slice` runs from 0 to ``SLICES - 1``, None is at the hila."""
    index = check_slice(slice, SLICES, DEFAULT_SLICE, "from the belly to the upper chest")
    z = plane_height(index)
    options = {
        "lesions": lesions, "lesion_size": lesion_size, "lesion_suv": lesion_suv, "arms": arms, "noise": noise,
        "dose": dose, "attenuation_correction": attenuation_correction, "simulate": simulate,
    }  # fmt: skip
    scan = make_scan(heights=(z,), seed=seed, **options)  # type: ignore[arg-type]
    breathing = _breathing(scan, z, offset_mm, travel_mm, liver_lesion)
    pet, seen = scan.image("PET", z), {}
    if breathing.moves:
        pet, seen["suv seen"] = pet_while_breathing(scan, z, breathing)
    windows = (parse_window(window_a or _WINDOWS[0]), parse_window(window_b or _WINDOWS[1]))
    images = (scan.image("CT", z), pet)
    fitted = tuple(window.fit(image) for window, image in zip(windows, images, strict=True))
    a, b = (window.apply(image) for window, image in zip(fitted, images, strict=True))
    x, y = scan.shape.axes()
    return Pair(
        a=a, b=colored(b, color), name=name, modalities=("CT", "PET"),
        spacing=(scan.shape.spacing, scan.shape.spacing),
        affine=slice_affine((x[0], y[0], z), scan.shape.spacing, SLICE_SPACING),
        windows=(str(fitted[0]), str(fitted[1])), truth=_truth(scan, z, seen),
        provenance={
            "generator": "medfuse_course thorax phantom",
            "version": library_version(),
            "seed": int(seed),
            "slice": index,
            "z_mm": z,
            "options": {**options, "color": color},
            "lesions": [{"center_mm": le.center, "radius_mm": le.radius, "suv": le.suv} for le in scan.lesions],
            "breathing": asdict(breathing),
        },
    )  # fmt: skip


def _breathing(scan: ThoraxScan, z: float, offset_mm: float, travel_mm: float, liver_lesion: float | None) -> Breathing:
    """What was asked for, checked, with the lesion of the liver where there is one."""
    breathing = Breathing(float(offset_mm), float(travel_mm))
    if liver_lesion is None:
        return breathing
    low, high = SIZES
    if not low <= liver_lesion <= high:
        raise ValueError(f"liver_lesion: expected a diameter from {low:g} to {high:g} mm, got {liver_lesion}")
    return replace(breathing, liver_lesion=dome_lesion(scan, z, offset_mm, liver_lesion, LIVER_LESION_SUV))


def _truth(scan: ThoraxScan, z: float, seen: dict[str, FloatArray]) -> Truth:
    """What is known, on the grid of the CT and of its breath."""
    quantities = {"hu": scan.truth("hu", z), "suv": scan.truth("suv", z), **seen}
    lesions = scan.fractions(z)[LABELS["lesion"]] > 0.5
    return Truth(scan.labels(z), LABEL_NAMES, lesions, quantities, HOST)
