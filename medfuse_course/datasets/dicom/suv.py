"""From activity (Bq/ml) to the standardized uptake value by body weight, and every element of the header it took.

    SUV = activity * weight / dose

with the activity in Bq/ml, the weight in g and the dose in Bq, decayed to the time to which the images are corrected
(Quantitative Imaging Biomarkers Alliance, vendor-neutral pseudo-code for SUV calculation, 2012; DICOM PS3.3, C.8.9).
A milliliter of body counts as a gram.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from medfuse_course.datasets.dicom.tags import Tags, tag
from medfuse_course.datasets.image_files import ImageFileError

_WAY_OUT = "read the PET in its own unit with suv=False (--no-suv)"
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?")
_ZONE = re.compile(r"([+-])(\d{2})(\d{2})$")
_MOST_HALF_LIVES = 10  # after which a thousandth is left: nobody scans then, dates were changed
_LEAST_DOSE = 1e4  # Bq; less is a dose in MBq
_SHARED = ("Units", "DecayCorrection", "PatientWeight", "SUVType")


@dataclass(frozen=True)
class SuvFactor:
    """What turns the values of a PET series into SUV.

    Attributes
    ----------
    factor
        SUV for one unit of the series.
    note
        The elements it comes from, in words.
    """

    factor: float
    note: str


def suv_factor(slices: list[Tags]) -> SuvFactor:
    """The factor to SUV by body weight, from the headers of all slices of a PET series.

    Parameters
    ----------
    slices
        One for each slice: the acquisition begins with the earliest.

    Returns
    -------
    The factor and what it comes from.

    Raises
    ------
    ImageFileError
        The unit is neither Bq/ml nor SUV by body weight, the images are not corrected for decay or attenuation, or
        an element is missing or impossible.
    """
    first = slices[0]
    for keyword in _SHARED:
        if len({tags.text(keyword, "") for tags in slices}) > 1:
            raise _refused(first, f"{tag(keyword)} differs from slice to slice")
    units = first.code("Units", "")
    if units == "GML":
        return _by_weight_already(first)
    if units != "BQML":
        counted = " (counts, which only the maker's own factor turns into activity)" if units == "CNTS" else ""
        raise _refused(first, f"{tag('Units')} is {units or 'missing'}{counted}, and SUV needs BQML")
    _check_corrections(first)
    weight = _positive(first, "PatientWeight", "kg")
    if weight > 1000:
        raise _refused(first, f"{tag('PatientWeight')} is {weight:g}, and its unit is kg")
    tracer = _tracer(first)
    dose = _positive(tracer, "RadionuclideTotalDose", "Bq")
    if dose < _LEAST_DOSE:
        raise _refused(first, f"{tag('RadionuclideTotalDose')} is {dose:g}, and its unit is Bq; was MBq written?")
    left, said = _left_of_dose(first, tracer, slices)
    note = f"SUV by body weight from {tag('Units')} BQML, {tag('PatientWeight')} {weight:g} kg, "
    note += f"{tag('RadionuclideTotalDose')} {dose:g} Bq, {said}"
    return SuvFactor(weight * 1000 / (dose * left), note)


def _by_weight_already(tags: Tags) -> SuvFactor:
    kind = tags.code("SUVType", "")
    if kind not in ("", "BW"):
        raise _refused(tags, f"{tag('SUVType')} is {kind}: SUV, and not by body weight")
    stated = kind or "missing, which means BW"
    return SuvFactor(1.0, f"SUV by body weight as stored: {tag('Units')} is GML, {tag('SUVType')} {stated}")


def _check_corrections(tags: Tags) -> None:
    done = tags.words("CorrectedImage")
    if done and "ATTN" not in done:
        raise _refused(tags, f"{tag('CorrectedImage')} does not name ATTN: attenuation was not corrected")


def _left_of_dose(first: Tags, tracer: Tags, slices: list[Tags]) -> tuple[float, str]:
    """The share of the dose that is left at the time to which the images are corrected, and what says so."""
    reference = first.code("DecayCorrection", "")
    said = f"{tag('DecayCorrection')} {reference}"
    if reference == "ADMIN":  # to the time of the injection: nothing has decayed yet
        return 1.0, said
    if reference != "START":
        what = {"NONE": "NONE: decay was not corrected", "": "missing"}.get(reference, reference)
        raise _refused(first, f"{tag('DecayCorrection')} is {what}; START and ADMIN are known")
    half_life = _positive(tracer, "RadionuclideHalfLife", "s")
    start, start_said = _start(first, slices)
    injected, injected_said = _injection(tracer, start, first)
    waited = (start - injected).total_seconds()
    if waited < 0:
        raise _refused(first, f"the injection ({injected_said}) is after the scan ({start_said}); were dates changed?")
    if waited > _MOST_HALF_LIVES * half_life:
        raise _refused(
            first,
            f"{waited:.0f} s from the injection ({injected_said}) to the scan ({start_said}) are more than "
            f"{_MOST_HALF_LIVES} half-lives; were dates changed?",
        )
    said += f", {tag('RadionuclideHalfLife')} {half_life:g} s, {waited:g} s from {injected_said} to {start_said}"
    return float(2 ** (-waited / half_life)), said


def _start(first: Tags, slices: list[Tags]) -> tuple[datetime, str]:
    """When the scan began: the series' time, unless the series was made after the acquisition."""
    series = _moment(first, "SeriesDate", "SeriesTime")
    acquired = [
        _moment(tags, "AcquisitionDate" if tags.has("AcquisitionDate") else "SeriesDate", "AcquisitionTime")
        for tags in slices
        if tags.has("AcquisitionTime")
    ]
    if acquired and min(acquired) < series:
        return min(acquired), f"{tag('AcquisitionDate')} and {tag('AcquisitionTime')} of the earliest slice"
    return series, f"{tag('SeriesDate')} and {tag('SeriesTime')}"


def _injection(tracer: Tags, start: datetime, first: Tags) -> tuple[datetime, str]:
    if tracer.has("RadiopharmaceuticalStartDateTime"):
        said = tag("RadiopharmaceuticalStartDateTime")
        text = tracer.text("RadiopharmaceuticalStartDateTime")
        zone, here = _ZONE.search(text), _ZONE.search(first.text("TimezoneOffsetFromUTC", ""))
        moment = _parsed(
            tracer, "RadiopharmaceuticalStartDateTime", text[:8], text[8:].removesuffix(zone[0] if zone else "")
        )
        if zone and here:
            moment += _offset(here) - _offset(zone)
        return moment, said
    text = _text(tracer, "RadiopharmaceuticalStartTime")
    moment = _parsed(tracer, "RadiopharmaceuticalStartTime", f"{start:%Y%m%d}", text)
    said = tag("RadiopharmaceuticalStartTime")
    if moment > start:  # a time without a date: of the day before, where the scan was after midnight
        return moment - timedelta(days=1), f"{said} of the day before"
    return moment, said


def _moment(tags: Tags, date: str, time: str) -> datetime:
    return _parsed(tags, time, _text(tags, date), _text(tags, time))


def _parsed(tags: Tags, keyword: str, date: str, time: str) -> datetime:
    day, clock = _DATE.fullmatch(date.replace(".", "")), _TIME.fullmatch(time)
    try:
        if day is None or clock is None:
            raise ValueError
        year, month, date_of_month = map(int, day.groups())
        hours, minutes, seconds = (int(part or 0) for part in clock.groups()[:3])
        whole = datetime(year, month, date_of_month, hours, minutes, min(seconds, 59))  # 60 is a leap second
    except ValueError:
        raise _refused(tags, f"{tag(keyword)} is no time of a day that exists") from None
    return whole + timedelta(seconds=max(seconds - 59, 0), microseconds=int((clock[4] or "0").ljust(6, "0")))


def _offset(zone: re.Match[str]) -> timedelta:
    return timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (-1 if zone[1] == "-" else 1)


def _tracer(first: Tags) -> Tags:
    items = first.items("RadiopharmaceuticalInformationSequence")
    if len(items) != 1:
        what = f"holds {len(items)} injections" if items else "is missing"
        raise _refused(first, f"{tag('RadiopharmaceuticalInformationSequence')} {what}, and one is expected")
    return items[0]


def _text(tags: Tags, keyword: str) -> str:
    if not tags.has(keyword):
        raise _refused(tags, f"{tag(keyword)} is missing")
    return tags.text(keyword)


def _positive(tags: Tags, keyword: str, unit: str) -> float:
    _text(tags, keyword)
    value = tags.number(keyword)
    if value <= 0:
        raise _refused(tags, f"{tag(keyword)} is {value:g} {unit}, and more than 0 is expected")
    return value


def _refused(tags: Tags, why: str) -> ImageFileError:
    return ImageFileError(f"{tags.name}: no SUV: {why}; {_WAY_OUT}")
