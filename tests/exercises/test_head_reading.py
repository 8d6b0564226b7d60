"""The right choice about the head phantom is true of the phantom, and the wrong ones are false."""

import numpy as np
import pytest

from medfuse_course.datasets import load_pair
from medfuse_course.datasets.head.tissues import LABELS


def spread(image, mask):
    return float(image[mask].mean())


@pytest.mark.parametrize("contrast", ["t1", "t2"])
def test_ct_shows_the_skull_and_hides_the_lesions_while_mri_does_the_reverse(contrast):
    pair = load_pair("head/mri-ct", contrast=contrast, lesions=2)
    labels, lesions = pair.truth.labels, pair.truth.lesions
    bone, brain = labels == LABELS["compact bone"], np.isin(labels, (LABELS["gray matter"], LABELS["white matter"]))
    assert spread(pair.b, bone) > 0.9 > spread(pair.b, brain) + 0.3  # the skull is bright in CT
    assert spread(pair.a, bone) < 0.5 * spread(pair.a, labels == LABELS["fat"])  # the bright ring in MRI is fat
    noise = {"a": pair.a[brain].std(), "b": pair.b[brain].std()}
    assert abs(spread(pair.b, lesions) - spread(pair.b, brain)) < noise["b"]  # the lesions drown in CT
    assert abs(spread(pair.a, lesions) - spread(pair.a, brain)) > noise["a"]
