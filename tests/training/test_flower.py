"""Flower's simulation shares what our own federation shares, where Flower is installed."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("flwr", reason="Flower is not installed: pip install 'medfuse-course[federated]'")
pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

from medfuse_course.training.federated import STRATEGIES, Client, Strategy, federate  # noqa: E402
from medfuse_course.training.flower import federate_with_flower  # noqa: E402
from tests.training.test_federated import Points, recipe  # noqa: E402

CLIENTS = [Client("near", Points(0, 8), 5), Client("far", Points(8, 8), 11), Client("small", Points(4, 2), 2)]


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_same_strategy_shares_the_same_numbers(name):
    ours = [r.shared for r in federate(recipe(3), CLIENTS, 3, STRATEGIES[name], profile="smoke")]
    flowers = federate_with_flower(recipe(3), CLIENTS, 3, STRATEGIES[name], profile="smoke")
    assert len(flowers) == 3
    apart = 0.0
    for one, other in zip(ours, flowers, strict=True):
        assert one.keys() == other.keys()
        for key in one:
            torch.testing.assert_close(other[key], one[key], rtol=1e-5, atol=1e-6)
            apart = max(apart, float((other[key].double() - one[key].double()).abs().max()))
    print(f"{name}: largest difference {apart:.2g}")


def test_flower_is_not_asked_to_clip():
    with pytest.raises(ValueError, match="clip"):
        federate_with_flower(recipe(1), CLIENTS, 1, Strategy(clip=1.0))
