"""What the chapter on decision maps says of real pairs, measured on slices of `val`; skipped where none are."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.color import luma  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from medfuse_course.methods import get_method, load_network  # noqa: E402
from medfuse_course.methods.cnn.drpl import focus_map  # noqa: E402
from medfuse_course.methods.cnn.liu_cnn import weight_map  # noqa: E402
from medfuse_course.training import defocus  # noqa: E402


@pytest.fixture(scope="module")
def pairs(aanlib_folder):
    """Two slices of each case of `val`, in gray: a list for each task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDFUSE_DATA", str(aanlib_folder))
        return {
            task: [
                gray_sources(task, case, slices[k * len(slices) // 5])
                for case, slices in aanlib.cases(task, "val").items()
                for k in (2, 3)
            ]
            for task in ("mri-ct", "mri-pet")
        }


def gray_sources(task, case, number):
    pair = aanlib.load(f"aanlib/{task}", case=case, slice=number, split="val")
    return tuple((x if x.ndim == 2 else luma(x)).astype("f4") for x in (pair.a, pair.b))


def drawn(slug, draw, a, b):
    """The map of the shipped network, and how far it turns in the left half when the MRI is blurred there."""
    network = load_network(get_method(slug)).cpu()
    left = np.arange(a.shape[1]) < a.shape[1] // 2
    before, after = (draw(network, x, b) for x in (a, np.where(left, defocus(a, 2.0), a).astype("f4")))
    return before, (before - after)[left & (a > 0.1)].mean()


def test_blurring_half_of_the_mri_turns_the_siamese_map_and_not_that_of_drpl(pairs):
    for a, b in (*pairs["mri-ct"], *pairs["mri-pet"]):
        assert drawn("drpl", focus_map, a, b)[1] < 0.15
        assert drawn("liu_cnn", weight_map, a, b)[1] > 0.25


def test_drpl_does_not_say_which_of_mri_and_ct_is_brighter(pairs):
    network = load_network(get_method("drpl")).cpu()
    for a, b in pairs["mri-ct"]:
        seen = np.maximum(a, b) > 0.05
        assert 0.3 < np.mean(((focus_map(network, a, b) > 0.5) == (a > b))[seen]) < 0.5


def test_beside_a_pet_the_mri_has_more_than_half_of_the_weight_and_not_nearly_all(pairs):
    network = load_network(get_method("liu_cnn")).cpu()
    for a, b in pairs["mri-pet"]:
        assert 0.55 < weight_map(network, a, b)[a > 0.1].mean() < 0.8
