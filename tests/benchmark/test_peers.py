"""Other people's networks in the leaderboard: their scores are those of their pictures, on the slices of ours."""

import numpy as np
import pytest

from medfuse_course.benchmark import PEERS, read_table, shipped_table
from medfuse_course.core.files import data_path
from medfuse_course.methods import list_methods
from tests.benchmark.peers import LIFT, lifts, luminance, places, places_of_lift, scores, sources

COUNTS = {"peer/ddcgan": (0, 19, 0), "peer/dmfnet": (2, 5, 1), "peer/mmif_inet": (0, 2, 0), "peer/emfusion": (20, 0, 0)}
"""Slices with CT, PET and SPECT of the test split, of those who do not have all: pictures counted by hand; EMFusion's
weights are for CT."""


@pytest.fixture
def data(aanlib_folder, published_folder, monkeypatch):
    """Sources and pictures where the library looks for them."""
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(published_folder))


def _told(name):
    rows = read_table(data_path("benchmark", f"{name}.csv")).rows
    return {(r.method, r.pair, r.case, r.slice, r.metric): r.value for r in rows}


def test_every_network_has_a_score_wherever_it_has_a_picture():
    rows = [row for row in shipped_table("peers").rows if row.metric == "qabf"]
    assert {row.method for row in rows} == set(PEERS)
    for peer in PEERS:
        mine = [(row.pair, row.case, row.slice) for row in rows if row.method == peer]
        assert len(set(mine)) == len(mine) and set(mine) <= set(places())
        found = tuple(sum(kind in pair for pair, *_ in mine) for kind in ("-ct:", "-pet:", "-spect:"))
        assert found == COUNTS.get(peer, (20, 93, 53)), peer


def test_the_lift_is_known_of_every_method_on_each_eighth_slice():
    rows = shipped_table("lift").rows
    ours = set(shipped_table("patients").methods)
    assert {row.method for row in rows} == (ours | set(PEERS)) - {"peer/mmif_inet"}  # its two slices are not among them
    for method in ours | {peer for peer in PEERS if peer not in COUNTS}:
        assert {(r.pair, r.case, r.slice) for r in rows if r.method == method} == set(places_of_lift()), method


def test_ours_stands_for_the_same_paper():
    titles = {method.slug: method.title for method in list_methods()}
    assert {peer.title: titles[peer.ours] for peer in PEERS.values() if peer.ours} == {
        peer.title: peer.title for peer in PEERS.values() if peer.ours
    }


def test_the_scores_are_those_of_their_pictures(data):
    told = _told("peers")
    whose = [peer for peer in PEERS if PEERS[peer].of == "pictures" or PEERS[peer].ours in ("", "matr")]
    wanted = [*places()[10::60], ("aanlib/mri-pet:split=test", 41, 81)]  # the last one is in every folder
    for row in scores(whose, wanted, shipped_table("peers").metrics):
        key = (row.method, row.pair, row.case, row.slice, row.metric)
        assert row.value == pytest.approx(told[key], rel=1e-5), key


@pytest.mark.torch
def test_the_scores_are_those_of_their_weights(data):
    pytest.importorskip("torch")
    told = _told("peers") | _told("lift")
    for row in scores(["peer/ifcnn", "peer/emfusion"], places()[7:8], [*shipped_table("peers").metrics, LIFT]):
        key = (row.method, row.pair, row.case, row.slice, row.metric)
        assert row.value == pytest.approx(told.get(key, row.value), rel=2e-3, abs=2e-3), key
    assert luminance("peer/emfusion", places()[-1]) is None  # its weights fuse CT


@pytest.mark.torch
def test_the_lift_of_ours_comes_out_again(data):
    pytest.importorskip("torch")
    told = _told("lift")
    for row in lifts(["laplacian_pyramid", "ddcgan", "emfusion"], places_of_lift()[1::9]):
        assert row.value == pytest.approx(told[row.method, row.pair, row.case, row.slice, LIFT], rel=2e-3, abs=1e-5)


def test_what_the_page_says_of_their_pictures(data):
    black, like_mri = {peer: [] for peer in PEERS}, {peer: [] for peer in PEERS}
    made = [peer for peer in PEERS if PEERS[peer].of == "weights" and PEERS[peer].ours in ("", "matr")]
    for place in places()[10::60]:
        pair = sources(place)
        air = (pair.a == 0) & (pair.b == 0)
        for peer in made:
            fused = luminance(peer, place)
            black[peer].append(255 * fused[air].mean())
            like_mri[peer].append(np.corrcoef(fused.ravel(), pair.a.ravel())[0, 1])
    raised = {peer for peer in made if min(black[peer]) > 1}
    assert raised == {"peer/gesenet", "peer/refusion", "peer/matr"}
    assert min(like_mri["peer/matr"]) > 0.99
