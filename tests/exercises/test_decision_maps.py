"""The exercises on decision maps: what they say of patches and masks is true, and no easy way passes the lab."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.exercises import check, get_exercise  # noqa: E402
from medfuse_course.exercises.training.focus_patches import by_gradient, cases  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.cnn.drpl import focus_map, masks  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.training import Budget  # noqa: E402
from medfuse_course.training.data.focus_patches import FocusPatches, defocus  # noqa: E402

LAB = "training.focus_patches.sharper"


def test_the_quiz_has_the_answer_and_the_mistakes_that_it_names():
    drawn = FocusPatches().batch(9, 0, Budget(steps=1, batch=512, patch=16, pool=12), slice(0, 8))
    p, q, sharp = drawn["a"][:, 0].numpy(), drawn["b"][:, 0].numpy(), drawn["target"].ravel() == 1
    exercise = get_exercise("training.focus_patches.quiz")
    named = {w.name: w.answer for w in exercise.wrong}
    assert exercise.reference == sharp.sum()
    assert named["the_right_ones"] == (~sharp).sum()
    assert named["energy"] == ((p**2).sum((1, 2)) > (q**2).sum((1, 2))).sum()
    assert named["variance"] == (p.var((1, 2)) > q.var((1, 2))).sum()
    assert named["gradient"] == (by_gradient(p, q) > 0).sum()
    assert sharp[3] and not sharp[4]


def test_half_of_the_patches_of_the_lab_are_sharp_on_the_left():
    first, second, sharp = cases()
    assert 0.4 < sharp.mean() < 0.6
    finest = [np.abs(np.diff(x[sharp], n=2)).sum() for x in (first, second)]
    assert finest[0] > 1.5 * finest[1]


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (by_gradient, "goal"),
        (lambda p, q: p.var((1, 2)) - q.var((1, 2)), "goal"),
        (lambda p, q: p.sum((1, 2)), "order"),
        (lambda p, q: np.zeros(len(p)), "goal"),
        (lambda p, q: np.ones(len(p)), "order"),
        (lambda p, q: np.float64((p - q).sum()), "numbers"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(LAB, cheat).failed == failed


def test_the_choice_on_masks_is_true_of_the_network():
    network, pair = load_network(get_method("drpl")), load_pair("head/mri-ct", seed=3, lesions=2)
    left = np.arange(pair.a.shape[1]) < pair.a.shape[1] // 2
    half = np.where(left, defocus(pair.a, 2.0), pair.a)
    asked = left & (pair.a > 0.1)
    change = focus_map(network, pair.a, pair.b)[asked].mean() - focus_map(network, half, pair.b)[asked].mean()
    assert abs(change) < 0.1
    assert np.abs(sum(masks(network, pair.a, pair.b)) - 1)[pair.a > 0.1].mean() < 0.05
