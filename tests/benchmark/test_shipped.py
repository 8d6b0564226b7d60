"""What ships already measured."""

import pytest

from medfuse_course.benchmark import shipped_table, shipped_timings


def test_a_shipped_table_is_read_by_its_name():
    table = shipped_table("classical")
    assert "laplacian_pyramid" in table.methods and "qabf" in {row.metric for row in table.rows}


def test_an_unknown_table_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="unknown table 'clasical'; did you mean 'classical'"):
        shipped_table("clasical")


def test_timings_have_a_time_for_a_classical_method():
    assert shipped_timings()["methods (ms)"]["average"] > 0
