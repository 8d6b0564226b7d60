"""The three MRI/PET cases of AANLIB are cuts through one scan; another head is not."""

import math
from pathlib import Path

import numpy as np
import pytest

from medfuse_course.datasets import load_pair
from medfuse_course.datasets.one_head import CORONAL_ROW, aanlib_agreement, agreement


def test_black_in_both_does_not_count() -> None:
    one, other = np.zeros((2, 40, 40), np.float32)
    assert math.isnan(agreement(one, other))
    one[:10], other[:10] = np.random.default_rng(0).uniform(0.2, 1, (2, 10, 40))
    assert abs(agreement(one, other)) < 0.15
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.7, "with the black the two would seem alike"


def test_two_slices_of_two_phantom_heads_agree_less_than_two_scans_of_one() -> None:
    scans = {seed: load_pair("head/mri-ct", seed=seed, noise=0.0).a for seed in (0, 1)}
    noisy = load_pair("head/mri-ct", seed=0).a
    assert agreement(noisy, scans[0]) > 0.95 > agreement(scans[1], scans[0]) + 0.1


def test_the_pet_cases_are_one_head(aanlib_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The axial stack, cut across, gives the other two cases: .96 to .99 within the head, air left out."""
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    found = aanlib_agreement(every=10)
    for plane, count in (("coronal", 10), ("sagittal", 9)):
        assert len(found[plane]) == count
        assert min(found[plane].values()) > 0.95, found[plane]


def test_slices_that_are_not_those_do_not_agree(aanlib_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten slices beside the right place the same pictures agree far less: the figure is about details."""
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    monkeypatch.setattr("medfuse_course.datasets.one_head.CORONAL_ROW", CORONAL_ROW + 17)
    assert max(aanlib_agreement(every=20)["coronal"].values()) < 0.9


def test_without_images_there_is_nothing_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDFUSE_DATA", str(tmp_path))
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path))
    assert aanlib_agreement() == {"coronal": {}, "sagittal": {}}
