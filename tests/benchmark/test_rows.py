"""Tables whose rows are values of one dataclass."""

import math
from dataclasses import dataclass

from medfuse_course.benchmark.rows import read_rows, write_rows


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
