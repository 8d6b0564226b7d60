"""The shipped curve of scores against readability: whole, and equal to what is computed again."""

from itertools import islice, product

import pytest

from medfuse_course.benchmark import shipped_table
from tests.benchmark.peers import places
from tests.benchmark.readable import (
    KNOBS,
    KNOWN,
    PEERS,
    PHANTOMS,
    READ,
    SCORES,
    SEEDS,
    TASKS,
    TRUTHS,
    choice_rows,
    phantom_rows,
    places_to_choose,
    rows_of,
)

OURS = {f"readable_fusion:readability={k:g}" for k in KNOBS}
ALONE = {f"{PHANTOMS}:readability={k:g}" for k in KNOBS[::2]}
"""Of the network that saw phantoms alone; its weights do not ship."""


def _known():
    return [row for row in shipped_table("readable").rows if row.status == "ok"]


def test_every_fuser_has_every_number_on_every_slice_of_test():
    rows = [row for row in _known() if row.pair.endswith("test")]
    assert {row.method for row in rows} == {*KNOWN, *PEERS, *OURS, *ALONE}
    assert {row.metric for row in rows} == {*SCORES, *READ}
    told = {(r.method, r.pair, r.case, r.slice, r.metric) for r in rows}
    for method in {row.method for row in rows}:
        assert {(method, *place, name) for place in places() for name in SCORES} <= told, method


def test_on_phantoms_every_fuser_has_every_number_and_the_truth():
    rows = [row for row in _known() if row.pair.startswith("head/")]
    told = {(r.method, r.pair, r.seed, r.metric) for r in rows}
    wanted = {*KNOWN, *OURS, *ALONE}, {f"{task}:lesions=2" for task in TASKS}, SEEDS, {*SCORES, *READ, *TRUTHS}
    assert told == set(product(*wanted))


def test_the_knob_is_chosen_on_every_patient_of_train_and_val_without_the_head_of_pet():
    rows = [row for row in _known() if row.pair.endswith(("train", "val"))]
    assert {row.method for row in rows} == {"average", *OURS}
    assert {(row.pair, row.case, row.slice) for row in rows} == set(places_to_choose())
    assert not any("pet" in row.pair for row in rows)


@pytest.mark.torch
def test_a_part_of_it_comes_out_again(aanlib_folder, published_folder, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(published_folder))
    told = {(r.method, r.pair, r.case, r.seed, r.slice, r.metric): r.value for r in _known()}
    again = rows_of(None, places()[4::80]), choice_rows(places_to_choose()[::20])
    for row in (*again[0], *again[1], *islice(phantom_rows(None, SEEDS), 60)):
        key = (row.method, row.pair, row.case, row.seed, row.slice, row.metric)
        if row.value == row.value:  # anatomy has no value where b is nowhere bright
            assert row.value == pytest.approx(told[key], rel=2e-3, abs=2e-3), key
