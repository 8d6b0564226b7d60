"""BSAFusion's published alignments: their correlation with the truth, and that the table says of each what is so."""

import numpy as np
import pytest

from medfuse_course.benchmark import shipped_table

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from tests.benchmark.published_alignment import ARMS, PAIRS, places, scores  # noqa: E402

PUBLISHED = {"mri-ct": (9, 0.847, 0.891, 2), "mri-pet": (16, 0.935, 0.976, 1), "mri-spect": (16, 0.958, 0.963, 3)}
"""Of the images that lie here: how many, correlation as moved and as aligned, and how many got worse. Of all that their
authors published: 20, .847, .898, 3; 55, .941, .977, 4; 77, .958, .963, 20."""


def columns(pair):
    found = {}
    for row in shipped_table("published_alignment").rows:
        if row.pair == f"bsafusion/{pair}":
            found.setdefault(row.method, []).append(row.value)
    return {arm: np.array(values) for arm, values in found.items()}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_published_numbers_come_out(pair):
    count, before, after, worse = PUBLISHED[pair]
    of = columns(pair)
    assert set(of) == set(ARMS) and {len(values) for values in of.values()} == {count}
    assert of["as_moved"].mean() == pytest.approx(before, abs=5e-4)
    assert of["peer/bsafusion"].mean() == pytest.approx(after, abs=5e-4)
    assert (of["peer/bsafusion"] < of["as_moved"]).sum() == worse


def test_the_table_says_what_the_images_say(published_folder):
    told = {(r.method, r.pair, r.case, r.slice): r.value for r in shipped_table("published_alignment").rows}
    folder = published_folder / "bsafusion"
    wanted = places(folder)
    assert len(told) == len(ARMS) * len(wanted)
    for row in scores(folder, wanted[::9], ARMS[:3]):
        assert row.value == pytest.approx(told[row.method, row.pair, row.case, row.slice], abs=2e-4)
