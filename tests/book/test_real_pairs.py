"""What classical chapters say of real pairs, measured on cases of `val`; skipped where no real pairs are."""

import numpy as np
import pytest

from medfuse_course import evaluate, fuse
from medfuse_course.color import luma
from medfuse_course.datasets import aanlib

METHODS = {
    "average": ("average", {}),
    "maximum": ("maximum", {}),
    "laplacian": ("laplacian_pyramid", {}),
    "vote": ("laplacian_pyramid", {"rule": "choose_max_consistent"}),
    "contrast": ("contrast_pyramid", {}),
    "gradient": ("gradient_pyramid", {}),
    "dwt": ("dwt", {}),
    "swt": ("swt", {}),
    "dtcwt": ("dtcwt", {}),
}
SCORES = ["qabf", "ssim", "hallucinated_edges", "missed_edges"]
TASKS = ("mri-ct", "mri-pet", "mri-spect")
SHIFT = (5, 6)  # pixels: about 8 mm


@pytest.fixture(scope="module")
def sources(aanlib_folder):
    """Three slices of each case of `val`, in gray."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDFUSE_DATA", str(aanlib_folder))
        return {
            task: [
                gray_sources(task, case, slices[k * len(slices) // 4])
                for case, slices in aanlib.cases(task, "val").items()
                for k in (1, 2, 3)
            ]
            for task in TASKS
        }


def gray_sources(task, case, number):
    pair = aanlib.load(f"aanlib/{task}", case=case, slice=number, split="val")
    return tuple(x if x.ndim == 2 else luma(x) for x in (pair.a, pair.b))


@pytest.fixture(scope="module")
def scores(sources):
    """Mean score of a method on a task, by task, method and name."""
    return {
        task: {name: mean_scores(pairs, *call) for name, call in METHODS.items()} for task, pairs in sources.items()
    }


def mean_scores(pairs, slug, options):
    rows = [evaluate(fuse(a, b, slug, **options), a, b, SCORES) for a, b in pairs]
    return {name: np.mean([row[name] for row in rows]) for name in SCORES}


def ranked(scores, task, name, methods):
    return sorted(methods, key=lambda method: scores[task][method][name])


def test_first_fusion_the_maximum_is_first_in_ssim_on_mri_and_pet(scores):
    assert ranked(scores, "mri-pet", "ssim", ("average", "maximum", "laplacian"))[-1] == "maximum"


def test_pyramids_which_of_them_keeps_most_edges_by_qabf(scores):
    pyramids = ("laplacian", "vote", "contrast", "gradient")
    assert ranked(scores, "mri-ct", "qabf", pyramids)[-1] == "gradient"
    assert ranked(scores, "mri-spect", "qabf", pyramids)[-1] == "vote"


@pytest.mark.parametrize("task", ["mri-pet", "mri-spect"])
def test_pyramids_contrasts_miss_most_edges_beside_black_air(scores, task):
    assert ranked(scores, task, "missed_edges", ("laplacian", "vote", "contrast", "gradient"))[-1] == "contrast"


@pytest.mark.parametrize("task", TASKS)
def test_wavelets_the_discrete_one_invents_the_most_edges(scores, task):
    assert ranked(scores, task, "hallucinated_edges", ("laplacian", "dwt", "swt", "dtcwt"))[-1] == "dwt"


@pytest.mark.parametrize(("task", "rises"), [("mri-ct", True), ("mri-pet", False)])
def test_where_classical_ends_a_shift_raises_qabf_with_ct_and_lowers_it_with_pet(sources, scores, task, rises):
    for method in ("average", "maximum", "laplacian", "dtcwt"):
        moved = [(a, np.roll(b, SHIFT, (0, 1))) for a, b in sources[task]]
        gained = mean_scores(moved, *METHODS[method])["qabf"] - scores[task][method]["qabf"]
        assert (gained > 0) == rises, method
