"""Whether made images are new and differ."""

import numpy as np
import pytest

from medfuse_course.metrics import copied_share, diversity, nearest_distances

RNG = np.random.default_rng(0)
TRAINING, HELD_OUT, NEW = (RNG.random((count, 8, 8)) for count in (60, 500, 400))


def test_the_nearest_by_hand():
    data = [[[0.0, 0.0]], [[1.0, 1.0]]]
    np.testing.assert_allclose(nearest_distances([[[0.1, 0.1]], [[1.0, 0.5]]], data), [0.1, np.sqrt(0.125)])


def test_copies_are_found_even_where_they_are_noisy_and_few():
    copies = TRAINING[:40] + 0.05 * (NEW[:40] - 0.5)
    assert copied_share(copies, TRAINING, HELD_OUT) == 1
    mixed = np.concatenate([copies[:10], NEW[:30]])
    assert 0.25 <= copied_share(mixed, TRAINING, HELD_OUT) < 0.4


def test_new_images_are_called_copies_as_seldom_as_unseen_ones():
    assert copied_share(HELD_OUT, TRAINING, HELD_OUT) == pytest.approx(0.05)
    assert copied_share(NEW, TRAINING, HELD_OUT) < 0.1


def test_diversity_by_hand():
    data = np.array([[0.0], [1.0], [2.0]])  # distances 1, 1, 2
    assert diversity([[5.0], [6.0]], data) == pytest.approx(1 / (4 / 3))
    assert diversity(data, data) == 1
    assert diversity(np.full((4, 1), 0.5), data) == 0


@pytest.mark.parametrize(
    ("samples", "data", "words"),
    [
        (np.zeros((0, 8, 8)), TRAINING, "samples: expected images"),
        (np.zeros((2, 4, 4)), TRAINING, "of one shape"),
        (TRAINING[:1], TRAINING, "two images at least"),
        (TRAINING, np.ones((3, 8, 8)), "got copies of one"),
    ],
)
def test_what_cannot_be_compared_is_said(samples, data, words):
    with pytest.raises(ValueError, match=words):
        diversity(samples, data)
