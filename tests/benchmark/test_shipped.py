"""What ships already measured."""

import pytest

from medfuse_course.benchmark import shipped_table, shipped_timings
from medfuse_course.methods.catalogue import learned_methods

LIMIT, OTHERWISE = 150, {"extractors": 400, "transformers": 250}
"""Milliseconds that a network of the course may take for a pair of 256 x 256 pixels on one thread; and one that asks a
deep trunk, and one whose tokens ask each other."""

SAMPLED = {"ddfm": 6000}
"""Milliseconds of what asks its network many times: 25 steps."""


def test_a_shipped_table_is_read_by_its_name():
    table = shipped_table("classical")
    assert "laplacian_pyramid" in table.methods and "qabf" in {row.metric for row in table.rows}


def test_an_unknown_table_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="unknown table 'clasical'; did you mean 'classical'"):
        shipped_table("clasical")


def test_timings_have_a_time_for_a_classical_method():
    assert shipped_timings()["methods (ms)"]["average"] > 0


def test_every_network_was_timed_and_is_quick():
    told = shipped_timings()["methods (ms)"]
    missing = [m.slug for m in learned_methods() if m.slug not in told]
    assert missing == [], f"run: make bench ARGS='--only {' '.join(missing)}'"
    slow = [m.slug for m in learned_methods() if told[m.slug] > SAMPLED.get(m.slug, OTHERWISE.get(m.family, LIMIT))]
    assert slow == []
