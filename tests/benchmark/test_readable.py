"""The shipped curve of scores against readability: whole, and equal to what is computed again."""

import pytest

from medfuse_course.benchmark import shipped_table
from tests.benchmark.peers import places
from tests.benchmark.readable import KNOBS, KNOWN, PEERS, PHANTOMS, READ, SCORES, rows_of


def _on_phantoms():
    """Names of the network that saw phantoms alone; a table made without its weights has none of them."""
    return {f"{PHANTOMS}:readability={k:g}" for k in KNOBS[::2]}


def test_every_fuser_has_every_number_on_every_fourth_slice():
    rows = [row for row in shipped_table("readable").rows if row.status == "ok"]
    ours = {f"readable_fusion:readability={k:g}" for k in KNOBS}
    assert {row.method for row in rows} - _on_phantoms() == {*KNOWN, *PEERS, *ours}
    assert {row.metric for row in rows} == {*SCORES, *READ}
    told = {(r.method, r.pair, r.case, r.slice, r.metric) for r in rows}
    for method in {row.method for row in rows}:
        assert {(method, *place, name) for place in places()[::4] for name in SCORES} <= told, method


@pytest.mark.torch
def test_a_part_of_it_comes_out_again(aanlib_folder, published_folder, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    told = {
        (r.method, r.pair, r.case, r.slice, r.metric): r.value
        for r in shipped_table("readable").rows
        if r.status == "ok"
    }
    for row in rows_of(published_folder, None, places()[4::80]):
        key = (row.method, row.pair, row.case, row.slice, row.metric)
        if row.value == row.value:  # anatomy has no value where b is nowhere bright
            assert row.value == pytest.approx(told[key], rel=2e-3, abs=2e-3), key
