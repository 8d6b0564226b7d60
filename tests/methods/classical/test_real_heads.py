"""What the chapters on directions and edges say of real heads; chosen on `val`."""

import numpy as np
import pytest

from medfuse_course.color import luma
from medfuse_course.datasets import aanlib
from medfuse_course.methods import fuse, saliency
from medfuse_course.metrics import evaluate
from medfuse_course.transforms import nsct, swt

pytestmark = pytest.mark.usefixtures("aanlib_folder")


def real(kind, step):
    """Every `step`-th pair of the `val` split, the second image gray."""
    for case, slices in aanlib.cases(f"aanlib/{kind}", "val").items():
        for number in slices[step // 2 :: step]:
            pair = aanlib.load(f"aanlib/{kind}", case=case, slice=number, split="val")
            yield pair.a, pair.b if pair.b.ndim == 2 else luma(pair.b).astype(np.float32)


def needed(transform, image):
    """Share of the detail coefficients that hold 90 % of their energy."""
    details = transform.analyse(image.astype(float), 4).details
    power = np.sort(np.concatenate([band.ravel() for band in details]) ** 2)[::-1]
    return np.mean(np.cumsum(power) < 0.9 * power.sum())


def test_contourlets_have_less_qabf_than_the_pyramid():
    for mri, ct in real("mri-ct", 4):
        qabf = {m: evaluate(fuse(mri, ct, m), mri, ct, "qabf")["qabf"] for m in ("nsct", "laplacian_pyramid")}
        assert qabf["nsct"] < qabf["laplacian_pyramid"]


def test_contourlets_need_fewer_coefficients_on_mri_and_hardly_fewer_on_ct():
    saved = np.array([[1 - needed(nsct, x) / needed(swt, x) for x in pair] for pair in real("mri-ct", 4)])
    assert saved[:, 0].min() > 0.15 and saved[:, 0].max() < 0.45
    assert saved[:, 1].min() > -0.2 and saved[:, 1].max() < 0.15


def test_the_guided_filter_leaves_out_most_of_the_pet_but_not_all():
    for mri, pet in real("mri-pet", 30):
        head, fused = mri > 0.05, fuse(mri, pet, "guided_filter")
        assert 0.1 < np.mean((saliency(pet) > saliency(mri))[head]) < 0.3
        assert np.abs(fused - mri)[head].mean() < 0.3 * np.abs(pet - mri)[head].mean()
        maximum = evaluate(np.maximum(mri, pet), mri, pet, ["mi", "qabf"])
        guided = evaluate(fused, mri, pet, ["mi", "qabf"])
        assert maximum["mi"] > guided["mi"]
        assert maximum["qabf"] == pytest.approx(guided["qabf"], abs=0.02)
