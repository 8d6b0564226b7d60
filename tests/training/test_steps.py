import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from medfuse_course.training import LossStep  # noqa: E402


class _Square(LossStep[nn.Module]):
    def losses(self, batch):
        return {"square": self.network(batch["a"]).pow(2).mean()}


def test_a_loss_step_trains_what_requires_a_gradient_and_validates_by_its_loss():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    network[0].requires_grad_(False)
    (update,) = _Square(network).updates
    assert (update.name, list(update.parameters)) == ("network", list(network[1].parameters()))
    batch = {"a": torch.ones(3, 2)}
    wanted = (network[1](network[0](batch["a"])) ** 2).mean()
    torch.testing.assert_close(_Square(network).validate(batch), {"square": wanted})
    torch.testing.assert_close(update.losses(batch), {"square": wanted})


def test_a_loss_step_trains_the_parameters_that_it_is_given():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    (update,) = _Square(network, network[0].parameters(), name="first").updates
    assert (update.name, list(update.parameters)) == ("first", list(network[0].parameters()))


def test_a_loss_step_without_losses_is_no_step():
    with pytest.raises(TypeError, match="losses"):
        LossStep(nn.Linear(1, 1))
