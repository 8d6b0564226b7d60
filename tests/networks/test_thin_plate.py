"""The thin-plate spline against SciPy's, and what it must reproduce."""

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.thin_plate import ThinPlateWarp, control_grid, thin_plate_weights  # noqa: E402


@pytest.mark.parametrize("side", [4, 5])
def test_it_is_scipys_spline_and_meets_its_control_points(side):
    rng = np.random.default_rng(3)
    control, values, at = control_grid(side).numpy(), rng.normal(size=(side**2, 2)), rng.uniform(-1.5, 1.5, (200, 2))
    scipys = RBFInterpolator(control, values, kernel="thin_plate_spline")
    weights = thin_plate_weights(torch.from_numpy(control), torch.from_numpy(at)).numpy()
    np.testing.assert_allclose(weights @ values, scipys(at), atol=1e-10)
    at_control = thin_plate_weights(torch.from_numpy(control), torch.from_numpy(control))
    np.testing.assert_allclose(at_control.numpy() @ values, values, atol=1e-12)


@pytest.mark.parametrize("side", [4, 5])
def test_what_is_affine_stays_so(side):
    control, at = control_grid(side), torch.rand(50, 2, dtype=torch.float64) * 3 - 1.5
    turn, shift = torch.tensor([[1.1, 0.2], [-0.3, 0.9]], dtype=torch.float64), torch.tensor([0.1, -0.4])
    moved = thin_plate_weights(control, at) @ (control @ turn.T + shift)
    torch.testing.assert_close(moved, at @ turn.T + shift, atol=1e-12, rtol=0)


def test_a_warp_starts_as_none_and_enlarges_as_told():
    warp, inner = ThinPlateWarp(4), (Ellipsis, slice(4, -4), slice(4, -4))
    sides = ((torch.arange(count) + 0.5) / count for count in (32, 40))
    image = torch.stack(torch.meshgrid(*sides, indexing="ij"))[None]
    torch.testing.assert_close(warp(image), image, atol=1e-6, rtol=0)
    with torch.no_grad():
        warp.moves.copy_(control_grid(4) * (1 / 1.25 - 1))  # looks nearer to the middle: all is 1.25 times larger
    torch.testing.assert_close(warp(image)[inner] - 0.5, (image[inner] - 0.5) / 1.25, atol=1e-5, rtol=0)


def test_its_displacements_learn():
    warp = ThinPlateWarp(4)
    warp(torch.rand(1, 1, 8, 8)).square().sum().backward()
    assert warp.moves.grad.abs().max() > 0


def test_points_that_decide_nothing_are_answered():
    line = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    with pytest.raises(ValueError, match="control: expected distinct points, three of them not on one line"):
        thin_plate_weights(line, line)
    with pytest.raises(ValueError, match="side: expected at least 2 control points"):
        ThinPlateWarp(1)
