"""Values of a DICOM header, asked for by keyword: what is missing or no number is said in a sentence.

No sentence repeats a text of the header: it might be a patient's name.
"""

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from medfuse_course.core.quiet import own_filters
from medfuse_course.datasets.image_files import ImageFileError

_CODE = re.compile(r"[A-Z0-9 _]{1,16}")


@dataclass(frozen=True, eq=False)
class Tags:
    """A header, or an item of one of its sequences.

    Attributes
    ----------
    dataset
        pydicom's.
    name
        What errors call it: the path of its file.
    """

    dataset: Any
    name: str

    def has(self, keyword: str) -> bool:
        """Whether the element is there and not empty."""
        value = self._value(keyword)
        return value is not None and not (hasattr(value, "__len__") and len(value) == 0)

    def text(self, keyword: str, default: str | None = None) -> str:
        """Its text without padding.

        Raises
        ------
        ImageFileError
            It is missing, and there is no `default`.
        """
        if not self.has(keyword):
            return self._missing(keyword, default)
        return str(self._value(keyword)).strip()

    def code(self, keyword: str, default: str | None = None) -> str:
        """A text that is one of the standard's codes, as ``CT`` or ``BQML``; another one is only named."""
        said = self.text(keyword, default)
        return said if not said or _CODE.fullmatch(said) else "(no code of DICOM)"

    def words(self, keyword: str) -> tuple[str, ...]:
        """The values of an element of several texts; none where it is missing."""
        value = self._value(keyword)
        return (value.strip(),) if isinstance(value, str) else tuple(str(part).strip() for part in value or ())

    def number(self, keyword: str, default: float | None = None) -> float:
        """Its one number; see `numbers`."""
        return default if default is not None and not self.has(keyword) else self.numbers(keyword, 1)[0]

    def whole(self, keyword: str, default: int | None = None) -> int:
        """Its one whole number; see `numbers`."""
        value = self.number(keyword, default)
        if value != int(value):
            raise ImageFileError(f"{self.name}: {tag(keyword)} is no whole number")
        return int(value)

    def numbers(self, keyword: str, count: int) -> tuple[float, ...]:
        """Its finite numbers.

        Raises
        ------
        ImageFileError
            It is missing, holds another count of values, or something that is no finite number.
        """
        if not self.has(keyword):
            self._missing(keyword, None)
        value = self._value(keyword)
        parts = [value] if isinstance(value, (str, bytes)) or not hasattr(value, "__len__") else list(value)
        if len(parts) != count:
            raise ImageFileError(f"{self.name}: {tag(keyword)} holds {len(parts)} values where {count} are expected")
        try:
            found = tuple(float(part) for part in parts)
        except (ValueError, TypeError, OverflowError):
            raise ImageFileError(f"{self.name}: {tag(keyword)} holds something that is no number") from None
        if not all(map(math.isfinite, found)):
            raise ImageFileError(f"{self.name}: {tag(keyword)} holds a number that is not finite")
        return found

    def items(self, keyword: str) -> "tuple[Tags, ...]":
        """The items of a sequence; none where it is missing."""
        value = self._value(keyword)
        if isinstance(value, (str, bytes, float, int)):
            raise ImageFileError(f"{self.name}: {tag(keyword)} is no sequence; is the header damaged?")
        return tuple(Tags(item, self.name) for item in value or ())

    def _value(self, keyword: str) -> Any:
        with silent_pydicom():
            try:
                return self.dataset.get(keyword)
            except Exception:  # whatever pydicom meets in a damaged element: its own words may repeat the value
                raise ImageFileError(f"{self.name}: {tag(keyword)} cannot be read; is the header damaged?") from None

    def _missing(self, keyword: str, default: str | None) -> str:
        if default is None:
            raise ImageFileError(
                f"{self.name}: {tag(keyword)} is missing; get the series again from where it came, with whole headers"
            )
        return default


@contextmanager
def silent_pydicom() -> Iterator[None]:
    """Inside, pydicom neither warns nor logs: both repeat odd values of a header."""
    logger = logging.getLogger("pydicom")
    with own_filters("ignore"):
        before = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(before)


def tag(keyword: str) -> str:
    """An element as the standard names it: ``PixelSpacing (0028,0030)``."""
    from pydicom.datadict import tag_for_keyword

    number = tag_for_keyword(keyword) or 0
    return f"{keyword} ({number >> 16:04X},{number & 0xFFFF:04X})"
