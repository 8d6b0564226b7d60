"""Looking through a displacement, by hand, and where it folds."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.flow import enlarge, jacobian, warp  # noqa: E402


def test_a_pixel_sees_what_lies_down_and_to_the_right():
    image = torch.arange(30.0).view(1, 1, 5, 6)
    flow = torch.zeros(1, 2, 5, 6)
    flow[:, 0], flow[:, 1] = 1, 2
    seen = warp(image, flow)
    torch.testing.assert_close(seen[..., :4, :4], image[..., 1:, 2:])
    assert seen[..., 4, :].abs().max() == 0 and seen[..., 4:].abs().max() == 0  # outside it is black


def test_between_pixels_it_is_the_mean_of_neighbors():
    image = torch.arange(30.0).view(1, 1, 5, 6)
    flow = torch.zeros(1, 2, 5, 6)
    flow[:, 0] = 0.25
    torch.testing.assert_close(warp(image, flow)[..., :4, :], image[..., :4, :] + 0.25 * 6)


def test_areas_of_linear_maps_are_their_determinants():
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(7.0), indexing="ij")
    flow = torch.stack([0.5 * rows + 0.3 * columns, -0.4 * rows - 2 * columns])[None]
    areas = jacobian(flow)
    assert areas.shape == (1, 5, 6)
    torch.testing.assert_close(areas, torch.full_like(areas, 1.5 * -1 + 0.3 * 0.4))


def test_a_flow_is_enlarged_in_its_own_unit_and_must_fit():
    assert torch.equal(enlarge(torch.full((1, 2, 2, 3), 5.0), 4), torch.full((1, 2, 8, 12), 5.0))
    with pytest.raises(ValueError, match=r"flow: expected shape \(1, 2, 4, 4\), got \(1, 2, 3, 4\)"):
        warp(torch.zeros(1, 1, 4, 4), torch.zeros(1, 2, 3, 4))
