"""Terms from anatomy, by hand."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import organ_means_kept, organs_alike  # noqa: E402


def two_organs():
    """The left column, and one that is not there."""
    organs = torch.zeros(1, 2, 2, 2)
    organs[0, 0, :, 0] = 1
    return organs


def test_alike_by_hand_and_an_absent_organ_is_not_asked_for():
    found = torch.zeros(1, 2, 2, 2)
    found[0, 0, 0, 0], found[0, 1] = 1.0, 1.0
    assert organs_alike(found, two_organs()).item() == pytest.approx(1 - (2 * 1 + 1) / (1 + 2 + 1))
    assert organs_alike(two_organs(), two_organs()).item() == 0
    assert organs_alike(found, torch.zeros_like(found)).item() == 0


def test_means_by_hand():
    """3 instead of 2 in the one organ that is there; what lies beside it does not count."""
    activity, measured = torch.tensor([[2.0, 9.0], [4.0, 9.0]]), torch.tensor([[1.0, 0.0], [3.0, 0.0]])
    assert organ_means_kept(activity[None, None], measured[None, None], two_organs()).item() == pytest.approx(0.5)
    assert organ_means_kept(activity[None, None], measured[None, None], 0 * two_organs()).item() == 0


def test_each_organ_has_its_own_mean_and_half_a_pixel_is_none():
    measured = torch.tensor([4.0, 6.0, 1.0, 3.0]).view(1, 1, 2, 2)
    liver, spleen, sliver = ([1.0, 1, 0, 0], [0.0, 0, 1, 1], [0.5, 0, 0, 0])
    organs = torch.tensor([liver, spleen, sliver]).view(1, 3, 2, 2)
    made = torch.tensor([4.0, 4.0, 1.0, 1.0]).view(1, 1, 2, 2)  # 4 of 5 in the liver, 1 of 2 in the spleen
    assert organ_means_kept(made, measured, organs).item() == pytest.approx((1 / 5 + 1 / 2) / 2)
