"""Networks of a reader's own: what is built otherwise and right passes, and what only looks right does not."""

import copy

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.exercises import check, get_exercise, use  # noqa: E402
from medfuse_course.exercises.methods.cnn.ifcnn import any_number  # noqa: E402
from medfuse_course.exercises.methods.cnn.liu_cnn import either_order  # noqa: E402

ORDER, SOURCES = "methods.cnn.liu_cnn.either_order", "methods.cnn.ifcnn.any_number"


def layers(*more, inputs=1):
    return nn.Sequential(
        nn.Conv2d(inputs, 8, 3, padding=1), *more, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 1)
    )


def with_parts(make, forward, method=either_order):
    """The reference with other layers, which `make` gives by name, and another forward."""

    def init(self):
        nn.Module.__init__(self)
        for name, part in make().items():
            setattr(self, name, part)

    return lambda: method(__init__=init, forward=forward)


def difference(self, a, b):
    return (self.see(a) - self.see(b)).flatten()


def in_both_orders(self, a, b):
    return (self.see(torch.cat([a, b], 1)) - self.see(torch.cat([b, a], 1))).flatten()


def twin_branches():
    see = layers()
    return {"see": see, "other": copy.deepcopy(see)}


@pytest.mark.parametrize(
    "answer",
    [
        with_parts(lambda: {"see": layers(nn.BatchNorm2d(8))}, difference),
        with_parts(lambda: {"see": layers(nn.Dropout2d(0.1))}, difference),
        with_parts(lambda: {"see": layers(inputs=2)}, in_both_orders),
    ],
    ids=["batch_norm", "dropout", "both_orders"],
)
def test_another_network_that_cannot_learn_the_order_passes(answer):
    result = check(ORDER, answer)
    assert result.passed and "% of unseen pairs" in result.text, result.text


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (with_parts(twin_branches, lambda self, a, b: (self.see(a) - self.other(b)).flatten()), "order-stays"),
        (with_parts(lambda: {"see": layers()}, lambda self, a, b: (self.see(a) - self.see(b)).squeeze()), "one-score"),
        (with_parts(lambda: {"see": layers()}, lambda self, a, b: self.see(a) - self.see(b)), "one-score"),
        (
            with_parts(
                lambda: {"see": layers()},
                lambda self, a, b: (self.see(a) - self.see(b)).flatten() / (self.see(a) - self.see(b)).abs().max(),
            ),
            "one-score",
        ),
        (
            with_parts(lambda: {"see": nn.Sequential(nn.Flatten(), nn.Linear(256, 4), nn.Linear(4, 1))}, difference),
            "learns",
        ),
        (with_parts(lambda: {"see": layers(), "idle": nn.Linear(9, 9)}, difference), "reaches"),
        (with_parts(lambda: {"scale": nn.Linear(1, 1)}, lambda self, a, b: (a - b).mean((1, 2, 3))), "network"),
    ],
    ids=["twin_branches", "squeezed", "two_axes", "scaled_by_the_batch", "nothing_bends", "idle_layer", "formula"],
)
def test_what_only_looks_right_is_refused(answer, failed):
    result = check(ORDER, answer)
    assert (result.status, result.failed) == ("refused", failed), result.text


def test_a_stack_and_its_largest_is_a_maximum_too():
    def forward(self, *images):
        return self.draw(torch.stack([self.see(x) for x in images]).amax(dim=0))

    assert check(SOURCES, lambda: any_number(forward=forward)).passed


def test_a_maximum_of_drawings_and_a_network_for_one_size_are_refused():
    def largest_drawing(self, *images):
        return torch.stack([self.draw(self.see(x)) for x in images]).amax(dim=0)

    def for_one_size(self):
        nn.Module.__init__(self)
        self.see = nn.Sequential(nn.Flatten(), nn.Linear(24 * 24, 64))
        self.draw = nn.Sequential(nn.Linear(64, 24 * 24), nn.Unflatten(1, (1, 24, 24)))

    assert check(SOURCES, lambda: any_number(forward=largest_drawing)).failed == "drawn-once"
    assert check(SOURCES, lambda: any_number(__init__=for_one_size)).failed == "sources"


def test_a_step_made_twice_is_not_said_to_leave_pairs_out():
    once = either_order().step.__func__

    def twice(self, optimizer, *batch):
        said = once(self, optimizer, *batch)
        once(self, optimizer, *batch)
        return said

    result = check(ORDER, lambda: either_order(step=twice))
    assert result.failed == "downhill" and "and once" in result.text, result.text


def test_what_is_not_written_yet_is_said():
    def unwritten(self, *given):
        raise NotImplementedError("your code here")

    result = check(SOURCES, lambda: any_number(step=unwritten))
    assert result.status == "refused" and "step() is not written yet" in result.text
    assert "forward() is not written yet" in check(ORDER, lambda: either_order(forward=unwritten)).text


def test_a_stuck_reader_goes_on_with_a_network_that_learns():
    class Starter(nn.Module):
        def __init__(self):
            super().__init__()
            raise NotImplementedError("your code here")

    with pytest.warns(UserWarning, match="not attempted yet"):
        network = use(ORDER, Starter)()
    optimizer = torch.optim.Adam(network.parameters())
    assert network.step(optimizer, *torch.rand(2, 4, 1, 16, 16), torch.ones(4)) > 0
    assert check(ORDER, get_exercise(ORDER).solution()).passed
