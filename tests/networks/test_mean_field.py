"""The conditional random field against loops over all pairs of pixels, and against hand calculation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.mean_field import half_window, mean_field, mean_field_odds, pair_costs  # noqa: E402


def logistic(x):
    return 1 / (1 + np.exp(-x))


def dense(belief, guide, rounds, *, side=3, looks=2.0, near=0.5, color=0.05, spread=2.0):
    """Every pair of pixels, those beyond the window left out."""
    height, width = belief.shape
    start, now = np.log(belief / (1 - belief)), belief.copy()
    for _ in range(rounds):
        logit = start.copy()
        for i in np.ndindex(height, width):
            for j in np.ndindex(height, width):
                apart = np.subtract(i, j)
                if i == j or np.abs(apart).max() > side:
                    continue
                alike = np.exp(-np.square(guide[:, *i] - guide[:, *j]).sum() / (2 * color**2))
                cost = (looks * alike + near) * np.exp(-np.square(apart).sum() / (2 * spread**2))
                logit[i] += cost * (2 * now[j] - 1)
        now = logistic(logit)
    return now


@pytest.mark.parametrize("rounds", [1, 5])
def test_it_is_what_loops_over_all_pairs_give(rounds):
    rng = np.random.default_rng(0)
    belief, guide = rng.uniform(0.2, 0.8, (6, 9)), rng.uniform(0, 0.2, (2, 6, 9))
    weak = {"looks": 0.2, "near": 0.05}  # so that the beliefs do not all run to one end
    costs = pair_costs(torch.tensor(guide)[None], **weak)
    found = mean_field(torch.tensor(belief)[None, None], costs, rounds)[0, 0]
    assert np.ptp(found.numpy()) > 0.3
    np.testing.assert_allclose(found, dense(belief, guide, rounds, **weak), atol=1e-12)


def test_two_pixels_by_hand():
    """Alike, one step apart: ``k = (2 + 0.5) exp(-1/8)``; then ``logit 0.9 - 0.2 k`` and ``logit 0.4 + 0.8 k``."""
    belief, guide = torch.tensor([[[[0.9, 0.4]]]]), torch.full((1, 1, 1, 2), 0.3)
    k = 2.5 * np.exp(-1 / 8)
    found = mean_field(belief, pair_costs(guide, window=3), 1)
    expected = [logistic(np.log(9) - 0.2 * k), logistic(np.log(2 / 3) + 0.8 * k)]
    np.testing.assert_allclose(found[0, 0, 0], expected, rtol=1e-6)


def test_exchanging_the_labels_exchanges_the_result():
    torch.manual_seed(0)
    belief, costs = torch.rand(2, 1, 12, 10).double(), pair_costs(torch.rand(2, 2, 12, 10).double())
    torch.testing.assert_close(mean_field(1 - belief, costs), 1 - mean_field(belief, costs), atol=1e-12, rtol=0)


def test_of_log_odds_it_exchanges_them_to_the_last_digit():
    torch.manual_seed(0)
    odds, costs = 3 * torch.randn(2, 1, 12, 10), pair_costs(torch.rand(2, 2, 12, 10))
    assert torch.equal(mean_field_odds(-odds, costs), -mean_field_odds(odds, costs))
    torch.testing.assert_close(mean_field_odds(odds, costs).sigmoid(), mean_field(odds.sigmoid(), costs))


def test_a_lone_pixel_joins_its_neighbors_and_an_edge_of_the_image_holds():
    """A belief that is a pixel too wide is drawn back to where the image changes."""
    belief = torch.full((1, 1, 16, 16), 0.2)
    belief[..., :9] = 0.8
    belief[..., 4, 12] = 0.8
    guide = torch.zeros(1, 1, 16, 16)
    guide[..., :8] = 0.5
    decided = mean_field(belief, pair_costs(guide)) > 0.5
    assert decided[..., :8].all() and not decided[..., 8:].any()
    blind = mean_field(belief, pair_costs(torch.zeros_like(guide))) > 0.5
    assert blind[..., 8].all()


def test_half_a_window_has_each_pair_once():
    steps = half_window(7)
    assert len(steps) == 24 and not set(steps) & {(-down, -right) for down, right in steps}
