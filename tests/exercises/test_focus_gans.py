"""The exercises on multi-focus GANs: what they say is true, and no easy way passes the lab."""

import math

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.exercises import check, get_exercise
from medfuse_course.exercises.training.focus_masks import GOAL, LAB, by_the_filter, sharp_here, stacks

STACK = "training.focus_masks.stack"


def test_the_veil_is_that_of_a_blurred_edge():
    """A straight edge through the lens of the library, ten pixels of standard deviation, read ten pixels behind it."""
    edge = ndimage.gaussian_filter1d((np.arange(4000) < 2000).astype(float), 100.0, truncate=6.0)
    veil = get_exercise("training.focus_masks.veil")
    assert edge[2100] == pytest.approx(veil.reference, abs=0.002)
    assert math.erfc(1 / math.sqrt(2)) / 2 == pytest.approx(veil.reference, abs=1e-4)
    assert veil.tolerance < 0.03, "half of it is another answer"


@pytest.mark.torch
def test_the_librarys_round_gives_the_number_by_hand():
    torch = pytest.importorskip("torch")
    from medfuse_course.networks.mean_field import half_window, mean_field

    belief = torch.full((1, 1, 3, 3), 0.5)
    belief[0, 0, (0, 1, 1, 2), (1, 0, 2, 1)] = 0.9
    belief[0, 0, 1, 1] = 0.3
    one = [torch.full((1, 1, 3, 3), 0.5 if abs(down) + abs(right) == 1 else 0.0) for down, right in half_window(3)]
    costs = [cost[..., : 3 - down, : 3 - abs(right)] for cost, (down, right) in zip(one, half_window(3), strict=True)]
    found = mean_field(belief, costs, 1)[0, 0, 1, 1].item()
    assert found == pytest.approx(get_exercise("networks.mean_field.by_hand").reference, abs=1e-5)


@pytest.mark.torch
def test_as_released_the_best_map_is_the_true_one_and_the_sign_gives_it_away():
    torch = pytest.importorskip("torch")
    from medfuse_course.losses import WASSERSTEIN
    from medfuse_course.methods.gan.mfif_gan import ReleasedStep, players

    assert get_exercise("methods.gan.mfif_gan.released").reference == "c"
    step = ReleasedStep(players("course", released=True), WASSERSTEIN, weight=1.0, planes=3)
    for truth in (0.0, 1.0):
        batch = {"mask": torch.full((1, 1, 4, 4), truth)}
        drawn = torch.linspace(0, 1, 11)
        cost = [step.content(torch.full((1, 1, 4, 4), float(d)), batch)["map"].item() for d in drawn]
        assert drawn[int(np.argmin(cost))].item() == truth
    assert step.real({"mask": torch.zeros(1)}).item() < 0


def test_a_map_that_is_nearly_the_filters_passes_and_its_neighbors_do_not():
    """Other borders and a shorter window are the same answer; another window, a vote behind it, noise are not."""
    name = "training.focus_masks.sharp_here"

    def otherwise(a, b, reach):
        energies = [
            ndimage.gaussian_filter(ndimage.laplace(x, mode="nearest") ** 2, reach, mode="nearest", truncate=3.5)
            for x in (a, b)
        ]
        return (energies[0] >= energies[1]).astype(np.float64)

    assert check(name, otherwise).passed
    assert check(name, lambda a, b, reach: sharp_here(a, b, 1.25 * reach)).failed == "same"
    assert check(name, lambda a, b, reach: np.ones(a.shape)).failed == "sides"
    assert check(name, lambda a, b, reach: np.where(a > b, 1.0, 0.0)).failed == "sides"
    assert check(name, lambda a, b, reach: sharp_here(a, b, reach) > 0.5).failed == "zero-or-one"


def test_planes_of_the_lab_are_even_and_the_true_photograph_is_the_sharpest():
    for stack, depth, seen in stacks():
        assert stack.shape == (5, *depth.shape) and 0.3 < seen.mean() < 0.9
        np.testing.assert_allclose(np.bincount(depth.ravel()) / depth.size, 0.2, atol=1e-3)
        energies = [ndimage.gaussian_laplace(x, 1.5) ** 2 for x in stack]
        of_plane = [[e[(depth == plane) & seen].mean() for e in energies] for plane in range(5)]
        assert np.argmax(of_plane, axis=1).tolist() == [0, 1, 2, 3, 4]


def _energies(stack, smooth, reach):
    return np.argmax([ndimage.gaussian_filter(ndimage.gaussian_laplace(x, smooth) ** 2, reach) for x in stack], axis=0)


@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (by_the_filter, "goal"),
        (lambda stack: np.full(stack.shape[1:], 2), "goal"),
        (lambda stack: np.argmax(stack, axis=0), "goal"),
        (lambda stack: np.argmax([ndimage.gaussian_filter(ndimage.laplace(x) ** 2, 9) for x in stack], axis=0), "goal"),
        (lambda stack: ndimage.median_filter(by_the_filter(stack), 21), "goal"),
        (lambda stack: _energies(stack, 1.5, 4), "goal"),
        (lambda stack: _energies(stack, 1.5, 5), "goal"),
        (lambda stack: _energies(stack, 2.0, 6), "goal"),
        (lambda stack: np.argmax(stack, axis=0) + 1, "planes"),
        (lambda stack: stack, "planes"),
        (lambda stack: np.full(stack.shape[1:], "far"), "planes"),
        (lambda stack: _energies(stack, 1.5, 5)[0], "planes"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    assert check(STACK, cheat).failed == failed


def test_the_goal_is_far_from_the_filter_and_another_window_of_the_vote_passes():
    assert LAB.known["filter"]["right"] < GOAL - 0.3
    for reach, vote in ((3, 25), (4, 21), (3, 31)):
        assert check(STACK, lambda stack, r=reach, v=vote: ndimage.median_filter(_energies(stack, 1.5, r), v)).passed


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("slug", ["drpl", "fusegan", "mfif_gan"])
def test_a_tournament_of_shipped_networks_does_not_pass(slug):
    """Each plane against each, as the photographs come; the network that is best by far gets near on smoothed ones."""
    torch = pytest.importorskip("torch")
    from medfuse_course.methods import get_method, load_network

    network = load_network(get_method(slug)).cpu()

    def share(a, b):
        if slug == "drpl":
            from medfuse_course.methods.cnn.drpl import focus_map

            return focus_map(network, a, b)
        images = [torch.from_numpy(np.ascontiguousarray(x, np.float32))[None, None] for x in (a, b)]
        with torch.no_grad():
            return (network.decision if slug == "fusegan" else network.focus_map)(*images)[0, 0].numpy()

    def tournament(stack, smooth):
        won = np.zeros(stack.shape)
        planes = [ndimage.gaussian_filter(x, smooth) if smooth else x for x in stack]
        for first in range(5):
            for second in range(first):
                found = share(planes[first], planes[second])
                won[first] += found
                won[second] += 1 - found
        return np.argmax(won, axis=0)

    for smooth in (0.0, 1.0):
        assert check(STACK, lambda stack, s=smooth: tournament(stack, s)).failed == "goal"
