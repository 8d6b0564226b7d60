"""Which of the files in a folder are one series, and which series is meant."""

import re
from collections import Counter
from pathlib import Path

from medfuse_course.datasets.dicom.files import Header
from medfuse_course.datasets.image_files import ImageFileError

_UID = re.compile(r"[0-9.]{1,64}")


def choose(headers: list[Header], path: Path, series: str | None = None) -> list[Header]:
    """The headers of one series of CT, PT or MR images.

    Parameters
    ----------
    headers
        Of all files that were found.
    path
        Where, for errors.
    series
        A SeriesInstanceUID, or the end of one; None where there is only one.

    Returns
    -------
    Those of the series, at least one.

    Raises
    ------
    ImageFileError
        No images of these modalities; several series and none chosen; or none that fits.
    """
    images = [header for header in headers if header.modality]
    if not images:
        kinds = Counter(header.kind for header in headers)
        said = ", ".join(kind if count == 1 else f"{kind} ({count} files)" for kind, count in sorted(kinds.items()))
        raise ImageFileError(f"{path}: expected images of a CT, PT or MR series, got {said}")
    groups: dict[str, list[Header]] = {}
    for header in images:
        groups.setdefault(header.tags.text("SeriesInstanceUID"), []).append(header)
    fitting = [uid for uid in groups if series is None or uid == series or uid.endswith(series)]
    exact = [uid for uid in fitting if uid == series]
    if len(exact or fitting) != 1:
        found = "; ".join(_described(uid, groups[uid]) for uid in sorted(groups))
        asked = "" if series is None else f", {len(fitting)} of which end in {series!r}"
        raise ImageFileError(
            f"{path}: holds {len(groups)} series{asked}; choose one by its UID or the end of it, with series= "
            f"(--series-a, --series-b): {found}"
        )
    chosen = groups[(exact or fitting)[0]]
    modalities = sorted({header.modality for header in chosen})
    if len(modalities) > 1:
        raise ImageFileError(f"{path}: one series holds {' and '.join(modalities)}; is a SeriesInstanceUID wrong?")
    return chosen


def _described(uid: str, headers: list[Header]) -> str:
    tags = headers[0].tags
    sizes = f"{tags.whole('Rows', 0)} x {tags.whole('Columns', 0)}"
    files = "1 file" if len(headers) == 1 else f"{len(headers)} files"
    localizer = " (localizer)" if "LOCALIZER" in tags.words("ImageType") else ""
    named = uid if _UID.fullmatch(uid) else "(its UID is none)"
    return f"{headers[0].modality}{localizer}, {files} of {sizes}, UID {named}"
