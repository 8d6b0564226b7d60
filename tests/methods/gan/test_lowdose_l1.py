"""The control: what it shares with the GAN is tested there; here, that it is the same network on the same scans."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.gan import lowdose_gan, lowdose_l1  # noqa: E402


def test_only_the_adversary_differs():
    gan, control = lowdose_gan.RECIPE, lowdose_l1.RECIPE
    assert control.data == gan.data and control.budgets == gan.budgets and control.average == gan.average
    assert [phase.learning_rate for phase in control.phases] == [phase.learning_rate for phase in gan.phases]
    shapes = [{name: x.shape for name, x in build().state_dict().items()} for build in (
        lambda: lowdose_l1.build("paper"), lambda: gan.shipped_part(gan.build("paper"))
    )]  # fmt: skip
    assert shapes[0] == shapes[1]


def test_its_loss_is_a_mean_absolute_error_by_hand():
    """Errors of 1 and 3 SUV on a scale of 20, a hundred times."""
    full = torch.tensor([2.0, 7.0]).view(2, 1, 1, 1)
    made = torch.tensor([3.0, 4.0]).view(2, 1, 1, 1)
    assert float(lowdose_gan.absolute_error(made, full)["l1"]) == pytest.approx(10)
