"""What was measured on published pictures: by hand on a small one, complete, and the same when it is measured again."""

import dataclasses
import math

import numpy as np
import pytest

from medfuse_course.benchmark import PEERS, picture_scores
from medfuse_course.datasets import Pair
from tests.benchmark.published_pictures import AS_JPEG, MADE, MAXIMUM, PUBLISHED, chosen, measured, rows

COUNTS = {"peer/ddcgan": 19, "peer/dmfnet": 39, "peer/emfusion": 4, "peer/mmif_inet": 5} | dict.fromkeys(MADE, 21)


def test_each_picture_has_each_maker():
    found = picture_scores()
    for network, count in COUNTS.items():
        makers = {network, MAXIMUM} | ({AS_JPEG} if PEERS[network].jpeg else set())
        makers |= {PEERS[network].ours} - {""}
        mine = [row for row in found if row.network == network]
        assert {row.maker for row in mine} == makers
        assert len(mine) == count * len(makers)
    assert {row.network for row in found} == set(COUNTS) == {*PUBLISHED, *MADE}


def test_the_numbers_of_a_picture_by_hand():
    """A column of 200 pixels each: air, MRI alone, both, bone."""
    column = np.repeat([0, 1, 2, 3], 4)
    mri = np.broadcast_to(np.array([0, 0.5, 0.6, 0.1], np.float32)[column], (50, 16)).copy()
    ct = np.broadcast_to(np.array([0, 0, 0.4, 1], np.float32)[column], (50, 16)).copy()
    fused = np.broadcast_to(np.array([0.02, 0.25, 0.95, 0.7], np.float32)[column], (50, 16)).copy()
    found = measured(fused, Pair(mri, ct, "aanlib/mri-ct", ("MRI", "CT")))
    assert found["lift"] == pytest.approx(0.02 * 255, rel=1e-5)
    assert found["mri_left"] == pytest.approx(0.5) and found["bone"] == pytest.approx(0.7)
    assert found["white"] == 1 and math.isnan(found["chroma"])
    assert found["en"] == found["en_black"] == pytest.approx(2) and found["ssim"] < found["ssim_black"]
    tinted = np.stack([fused, 0.8 * fused, fused], axis=-1)
    assert measured(tinted, Pair(mri, ct, "aanlib/mri-ct", ("MRI", "CT")))["chroma"] > 5
    color = np.stack([ct, ct, np.where(column == 1, np.float32(0.1), ct)], axis=-1)  # not black in one channel
    assert math.isnan(measured(fused, Pair(mri, color, "aanlib/mri-pet", ("MRI", "PET")))["mri_left"])


@pytest.mark.torch
def test_a_part_of_it_comes_out_again(aanlib_folder, published_folder, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(published_folder))
    told = {(r.network, r.maker, r.pair, r.case, r.slice): dataclasses.asdict(r) for r in picture_scores()}
    one_each = {picture.network: picture for picture in chosen()}.values()
    for row in rows(one_each):
        known = told[row.network, row.maker, row.pair, row.case, row.slice]
        for name, value in dataclasses.asdict(row).items():
            if isinstance(value, float):
                assert value == pytest.approx(known[name], rel=5e-3, abs=2e-3, nan_ok=True), (
                    row.network,
                    row.maker,
                    name,
                )
