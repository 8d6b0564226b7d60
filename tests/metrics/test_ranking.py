"""The area under the ROC curve: by counting pairs."""

import numpy as np
import pytest

from medfuse_course.metrics.ranking import auc


def test_pairs_are_counted_and_ties_half():
    rng = np.random.default_rng(0)
    score, wrong = rng.integers(0, 5, (6, 7)), rng.random((6, 7)) < 0.4
    high, low = score[wrong][:, None], score[~wrong]
    assert auc(score, wrong) == pytest.approx(((high > low) + 0.5 * (high == low)).mean())
    assert (auc([1, 2], [False, True]), auc([2, 1], [False, True]), auc([1, 1], [False, True])) == (1, 0, 0.5)


def test_without_wrong_or_right_there_is_no_area_and_shapes_agree():
    assert np.isnan(auc([1, 2], [True, True])) and np.isnan(auc([1, 2], [False, False]))
    with pytest.raises(ValueError, match="wrong: expected the shape of score"):
        auc([1, 2], [True])
