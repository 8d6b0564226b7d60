"""Other people's networks in the leaderboard: their scores are those of their pictures, on every slice of ours."""

import numpy as np
import pytest

from medfuse_course import load_pair
from medfuse_course.benchmark import shipped_table
from medfuse_course.publishing.leaderboard import PEERS
from tests.benchmark.peers import luminance, places, scores


def test_every_network_has_a_score_wherever_ours_have():
    rows = shipped_table("peers").rows
    assert {row.method for row in rows} == set(PEERS)
    wanted = {(peer, *place) for peer in PEERS for place in places()}
    assert {(row.method, row.pair, row.case, row.slice) for row in rows if row.metric == "qabf"} == wanted


def test_the_scores_are_those_of_their_pictures(aanlib_folder, published_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    told = {(r.method, r.pair, r.case, r.slice, r.metric): r.value for r in shipped_table("peers").rows}
    for row in scores(published_folder / "peers", places()[10::60]):
        key = (row.method, row.pair, row.case, row.slice, row.metric)
        assert row.value == pytest.approx(told[key], rel=1e-5), key


def test_what_the_page_says_of_their_pictures(aanlib_folder, published_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    black, like_mri = {peer: [] for peer in PEERS}, {peer: [] for peer in PEERS}
    for pair, case, number in places()[10::60]:
        sources = load_pair(pair.partition(":")[0], case=case, slice=number, split="test")
        air = (sources.a == 0) & (sources.b.reshape(*sources.a.shape, -1).max(axis=-1) == 0)
        for peer in PEERS:
            fused = luminance(published_folder / "peers", peer, pair, case, number)
            black[peer].append(255 * fused[air].mean())
            like_mri[peer].append(np.corrcoef(fused.ravel(), sources.a.ravel())[0, 1])
    raised = {peer for peer, levels in black.items() if min(levels) > 1}
    assert raised == {"peer/gesenet", "peer/refusion", "peer/matr"}
    assert min(like_mri["peer/matr"]) > 0.99
