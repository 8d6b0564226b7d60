"""What pulls features together, by hand."""

import math

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.losses import coral, info_nce  # noqa: E402


def test_contrast_by_hand():
    """Cosines are (1, 0; 0.6, 0.8): both directions, two rows each."""
    a = torch.tensor([[2.0, 0.0], [3.0, 4.0]])
    b = torch.tensor([[5.0, 0.0], [0.0, 0.5]])

    def lost(right, wrong):
        return -math.log(math.exp(right / 0.5) / (math.exp(right / 0.5) + math.exp(wrong / 0.5)))

    expected = (lost(1, 0) + lost(0.8, 0.6)) / 2 + (lost(1, 0.6) + lost(0.8, 0)) / 2
    assert info_nce(a, b, temperature=0.5).item() == pytest.approx(expected / 2, rel=1e-5)


def test_features_that_are_all_alike_tell_nobody_apart():
    same = torch.ones(7, 3)
    assert info_nce(same, 2 * same).item() == pytest.approx(math.log(7), rel=1e-5)


def test_coral_by_hand_and_without_an_order():
    a = torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    b = torch.tensor([[1.0, 4.0], [1.0, 2.0]])
    # means (1, 1) and (1, 3); covariances (2, 2; 2, 2) and (0, 0; 0, 2)
    assert coral(a, b).item() == pytest.approx(4 / 2 + (4 + 4 + 4 + 0) / 4 / 4)
    assert coral(a, a.flip(0)).item() == 0


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="of one shape, got"):
        info_nce(torch.zeros(3, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="two rows at least"):
        coral(torch.zeros(1, 2), torch.zeros(4, 2))
