"""Xia's stacked units: the fixed split, He's start, one stage after the other, the rule by hand."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.cnn import xia_cnn  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.training import train  # noqa: E402


@pytest.fixture(scope="module")
def trained():
    return train(xia_cnn.RECIPE, profile="smoke")


def test_the_split_is_that_of_scipy():
    """Against SciPy's Gaussian and Laplacian of Gaussian, sampled over the same 7 x 7 pixels."""
    x = np.random.default_rng(1).random((24, 30), dtype=np.float32)
    high, low = xia_cnn.build("course").split(torch.from_numpy(x)[None, None])[0].numpy()
    np.testing.assert_allclose(low, ndimage.gaussian_filter(x, 1, mode="mirror", radius=3), atol=1e-6)
    np.testing.assert_allclose(high, -ndimage.gaussian_laplace(x, 1, mode="mirror", radius=3), atol=0.02)


def test_flat_gray_has_no_high_frequency_and_keeps_its_low_one():
    filters = xia_cnn.split_filters()
    assert filters[0].sum().abs() < 1e-6
    assert filters[1].sum() == pytest.approx(1, abs=1e-6)
    assert filters[0, 0, 3, 3] > 0


def test_kernels_start_as_he_says_or_naively():
    torch.manual_seed(0)
    he, naive = xia_cnn.build("paper"), xia_cnn.build_naive("paper")
    for unit, other in zip(he.units, naive.units, strict=True):
        for k, inputs in ((0, 2), (2, 64)):
            assert unit[k].weight.std().item() == pytest.approx((2 / (9 * inputs)) ** 0.5, rel=0.1)
            assert other[k].weight.std().item() == pytest.approx(0.01, rel=0.1)
            assert not unit[k].bias.any()


def test_the_loss_of_every_stage_falls(trained):
    for phase in xia_cnn.RECIPE.phases:
        values = [record.validation["mse"] for record in trained.history if record.phase == phase.name]
        assert values[-1] < 0.5 * values[0], phase.name


def test_a_stage_moves_its_own_unit_only():
    torch.manual_seed(0)
    network = xia_cnn.build("course")
    batch = xia_cnn.RECIPE.data.batch(0, 0, xia_cnn.RECIPE.budget("smoke"), slice(0, 2))
    for number, stage in enumerate((xia_cnn.first_unit, xia_cnn.second_unit, xia_cnn.third_unit)):
        network.zero_grad()
        step = stage(network)
        step.losses(batch)["mse"].backward()
        moved = {name.split(".")[1] for name, p in network.named_parameters() if p.grad is not None}
        assert moved == {str(number)}
        (update,) = step.updates
        assert {id(p) for p in update.parameters} == {id(p) for p in network.units[number].parameters()}


def test_the_rule_by_hand():
    """High: the stronger is taken whole, whatever its sign. Low: 1 against 3 weighs 1 : 9."""
    a, b = (torch.tensor(bands).reshape(1, 2, 1, 1).expand(1, 2, 5, 5) for bands in ((0.1, 1.0), (-0.2, 3.0)))
    high, low = xia_cnn.fuse_bands(a, b)[0]
    np.testing.assert_allclose(high, -0.2, atol=1e-6)
    np.testing.assert_allclose(low, 0.1 * 1 + 0.9 * 3, atol=1e-6)


def test_an_image_with_itself_is_its_reconstruction(trained):
    a = np.random.default_rng(2).random((20, 24), dtype=np.float32)
    with torch.no_grad():
        alone = trained.network.reconstruct(torch.from_numpy(a)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(run_network(trained.network, a, a), alone, atol=1e-5)


def test_the_naive_recipe_differs_in_its_start_only():
    assert xia_cnn.NAIVE.data == xia_cnn.RECIPE.data
    assert xia_cnn.NAIVE.phases == xia_cnn.RECIPE.phases
    naive = xia_cnn.NAIVE.build()
    assert naive.units[1][2].weight.abs().max() < 0.06
