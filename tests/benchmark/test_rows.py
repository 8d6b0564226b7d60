"""Tables whose rows are values of one dataclass."""

import math
from dataclasses import dataclass

import pytest

from medfuse_course.benchmark.alignment import AlignmentRow
from medfuse_course.benchmark.lesion_table import SegmentationRow
from medfuse_course.benchmark.low_dose_ct import CtRow
from medfuse_course.benchmark.modes import ModeRow
from medfuse_course.benchmark.rows import read_rows, write_rows
from medfuse_course.core.files import data_path


@dataclass(frozen=True)
class Measured:
    name: str
    seed: int
    value: float


def test_four_digits_are_kept_and_what_is_not_defined_stays_so(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(write_rows(Measured, [Measured("a", 3, 0.123456), Measured("b", 4, math.nan)]), encoding="utf8")
    assert path.read_text(encoding="utf8") == "name,seed,value\na,3,0.1235\nb,4,\n"
    first, second = read_rows(path, Measured)
    assert first == Measured("a", 3, 0.1235) and math.isnan(second.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("alignment", AlignmentRow), ("low_dose_ct", CtRow), ("modes", ModeRow), ("segmentation", SegmentationRow)],
)
def test_a_shipped_table_is_written_again_as_it_is(name, kind):
    path = data_path("benchmark", f"{name}.csv")
    assert write_rows(kind, read_rows(path, kind)) == path.read_text(encoding="utf8")
