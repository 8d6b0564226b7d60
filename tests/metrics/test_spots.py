"""What a reader looks at, by hand on a few lesions, and structural similarity against scikit-image."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets.case import Case
from medfuse_course.metrics import MetricWarning, score
from medfuse_course.metrics.spots import called

SIDE = 64


@pytest.fixture
def known():
    """Two lesions of SUV 6 and 3 in lung of 0.5, beside a hot wall of 4; pixels of 2 mm."""
    labels, lesions = np.ones((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), bool)
    labels[:, 50:] = 2
    target = np.where(labels == 1, 0.5, 4.0).astype(np.float32)
    for place, suv in (((slice(10, 14), slice(10, 14)), 6.0), ((slice(40, 44), slice(20, 24)), 3.0)):
        lesions[place], target[place] = True, suv
    return Case(
        name="by/hand", task="enhancement", inputs={}, target=target, unit="SUV", scale=10.0, windows=(),
        spacing=(2.0, 2.0), region=np.ones_like(lesions), labels=labels, lesions=lesions, host=(1,),
    )  # fmt: skip


def rated(result, case):
    names = ("target_contrast_recovery", "erased_lesions", "hallucinated_lesions")
    return tuple(score(result.astype(np.float32), case, names).values())


def test_the_target_itself_is_right(known):
    assert rated(known.target, known) == (pytest.approx(1), 0, 0)


def test_contrast_by_hand(known):
    """Lesions of 4 and 2.5 in lung of 1, where 6 and 3 in 0.5 are right: 3 / 5.5 and 1.5 / 2.5."""
    result = np.where(known.labels == 1, 1.0, 4.0)
    result[10:14, 10:14], result[40:44, 20:24] = 4.0, 2.5
    assert rated(result, known)[0] == pytest.approx((3 / 5.5 + 1.5 / 2.5) / 2)


def test_one_of_two_lesions_sinks_below_what_is_suspicious(known):
    result = known.target.copy()
    result[40:44, 20:24] = 2.4
    assert rated(result, known)[1] == 50
    faint = replace(known, target=np.where(known.target == 3, 2.0, known.target).astype(np.float32))
    assert rated(faint.target, faint)[1] == 0  # what the target does not show cannot be erased
    assert rated(0 * faint.target, faint)[1] == 100


def test_a_spot_counts_where_nothing_explains_it(known):
    """Three pixels of 4 mm2 are a lesion, two are none; nor is what lies by a lesion, by the hot wall, or in it."""
    result = known.target.copy()
    result[30, 30:33] = 2.6
    result[5, 30:32] = 2.6
    result[15, 10:14] = 2.6
    result[20:24, 48:50] = 2.6
    result[:, 55] = 9.0
    assert rated(result, known)[2] == 50
    assert [int(spot.sum()) for spot in called(result, known)] == [3]


def test_what_has_no_value_says_so(known):
    none = replace(known, lesions=np.zeros_like(known.lesions))
    with pytest.warns(MetricWarning, match="has no lesions"):
        assert np.isnan(score(known.target, none, "erased_lesions")["erased_lesions"])
    with pytest.warns(MetricWarning, match="which tissue its lesions grow in"):
        score(known.target, replace(known, host=()), "hallucinated_lesions")
    with pytest.warns(MetricWarning, match="the unit of the case is 'Bq/ml'"):
        score(known.target, replace(known, unit="Bq/ml"), "hallucinated_lesions")


def test_structural_similarity_is_that_of_scikit_image_on_the_body(known):
    from skimage.metrics import structural_similarity

    rng = np.random.default_rng(0)
    result = (known.target + ndimage.gaussian_filter(rng.standard_normal(known.target.shape), 1)).astype(np.float32)
    region = np.zeros_like(known.lesions)
    region[12:40, 9:50] = True
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 10, "full": True}
    _, theirs = structural_similarity(known.target.astype(float), result.astype(float), **settings)
    ours = score(result, replace(known, region=region), "target_ssim")["target_ssim"]
    assert ours == pytest.approx(theirs[region].mean(), abs=1e-6)
