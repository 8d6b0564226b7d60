"""What *Judging a fused image* says of real pairs: noise raises three numbers, and MI is highest for the maximum."""

import numpy as np
import pytest

from medfuse_course.color import luma
from medfuse_course.datasets import aanlib
from medfuse_course.metrics import evaluate


def real_pairs():
    for split in ("val", "test"):
        for case, slices in aanlib.cases("aanlib/mri-pet", split).items():
            for number in slices[:: max(1, len(slices) // 3)]:
                pair = aanlib.load("aanlib/mri-pet", case=case, slice=number, split=split)
                yield pair.a, pair.b if pair.b.ndim == 2 else luma(pair.b)


@pytest.mark.usefixtures("aanlib_folder")
def test_numbers_on_real_mri_and_pet_are_what_the_page_says():
    grain = np.random.default_rng(0).standard_normal((256, 256))
    for mri, pet in real_pairs():
        mean = (mri + pet) / 2
        noisy = np.clip(mean + 0.08 * grain, 0, 1).astype(np.float32)
        calm, grainy = (evaluate(f, mri, pet, ["en", "sf", "ag", "mi"]) for f in (mean, noisy))
        assert all(grainy[name] > calm[name] for name in ("en", "sf", "ag"))
        mi = [evaluate(f, mri, pet, "mi")["mi"] for f in (np.maximum(mri, pet), mri)] + [calm["mi"]]
        assert mi == sorted(mi, reverse=True), "the maximum, the MRI alone, the average"
