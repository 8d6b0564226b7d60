"""The labs on small networks and on sixteen levels: a formula of one line and a hidden network are refused."""

import numpy as np
import pytest

from medfuse_course.exercises import check

LEVELS, SMALL, ROUNDED = "deployment.quantize.own_levels", "networks.light.under_500", "networks.pruning.take_away"
HALF = (np.arange(16) + 0.5) / 16

ONE_LINE = {
    "log": lambda v, k=1.8: k * np.expm1(np.linspace(0, 1, 16) * np.log1p(v.max() / k)),
    "log, between": lambda v, k=1.4: k * np.expm1(HALF * np.log1p(v.max() / k)),
    "log, below the top": lambda v, k=1.35: k * np.expm1(HALF * np.log1p(0.95 * v.max() / k)),
    "power": lambda v, p=1.8: v.max() * HALF**p,
    "quantiles": lambda v: np.quantile(v, HALF),
}


@pytest.mark.parametrize("name", ONE_LINE)
def test_levels_by_a_formula_miss_a_goal(name):
    result = check(LEVELS, lambda values: ONE_LINE[name](values))
    assert result.failed in ("body", "lesions") and result.hint, result.text


def test_values_may_come_back_in_single_precision():
    def through_integers(x, low, high, bits):
        low, high = min(low, 0), max(high, 0)
        step = np.float32((high - low) / (2**bits - 1))
        zero = np.round(-low / step)
        back = step * (np.clip(np.round(x.astype(np.float32) / step) + zero, 0, 2**bits - 1) - zero)
        return back.astype(np.float32)

    assert check("deployment.quantize.through_integers", through_integers).status == "passed"


def test_three_arrays_may_come_in_a_list():
    result = check(ROUNDED, lambda first, bias, second, kept: [first[kept], bias[kept], second[:, kept]])
    assert result.status == "passed", result.text


class Gated:
    """Known methods behind one number: with it at 0 nothing is left but the maximum."""

    def __init__(self, blend):
        import torch

        class Network(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.gate = torch.nn.Parameter(torch.ones(()))

            def forward(self, a, b):
                best = torch.maximum(a, b)
                return best + self.gate * (blend(a, b) - best)

        self.network = Network


def networks_blended(a, b):
    from medfuse_course.methods import get_method
    from medfuse_course.methods.weights import load_network

    ifcnn, readable = (load_network(get_method(slug))(a, b) for slug in ("ifcnn", "readable_fusion"))
    return 0.25 * ifcnn + 0.75 * readable


def rules_blended(a, b):
    import torch

    from medfuse_course.methods import fuse

    pair = [x[0, 0].numpy() for x in (a, b)]
    readable, pyramid = (fuse(*pair, slug) for slug in ("readable_fusion", "laplacian_pyramid"))
    return torch.from_numpy(0.6 * readable + 0.4 * pyramid)[None, None]


@pytest.mark.torch
@pytest.mark.parametrize("blend", [networks_blended, rules_blended])
def test_a_network_that_draws_with_hidden_numbers_is_refused(blend):
    pytest.importorskip("torch")
    result = check(SMALL, Gated(blend).network)
    assert result.failed == "small" and "draws with" in result.message, result.text


@pytest.mark.torch
def test_constants_of_a_few_numbers_count_as_held():
    torch = pytest.importorskip("torch")

    class Sharpened(torch.nn.Module):
        def __init__(self, size):
            super().__init__()
            self.layer = torch.nn.Conv2d(2, 1, 3, padding=1)
            self.constant = [torch.ones(1, 1, size, size) / size**2]

        def forward(self, a, b):
            kernel = torch.tensor([[[[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]]])
            best = torch.maximum(a, b)
            detail = torch.nn.functional.conv2d(best, kernel, padding=1)
            smooth = torch.nn.functional.conv2d(best, self.constant[0], padding="same")
            return best + 0.1 * self.layer(torch.cat([detail, smooth], 1))

    assert check(SMALL, lambda: Sharpened(5)).failed != "small"
    assert "it holds 19 numbers and draws with 538 others" in check(SMALL, lambda: Sharpened(23)).message


@pytest.mark.torch
@pytest.mark.parametrize("numbers", [0, 400])
def test_a_network_that_hides_a_trained_one_is_refused(numbers):
    torch = pytest.importorskip("torch")
    from medfuse_course.methods import get_method
    from medfuse_course.methods.weights import load_network

    class Hides(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.idle = torch.nn.Parameter(torch.zeros(numbers))
            self.hidden = [load_network(get_method(slug)) for slug in ("ifcnn", "readable_fusion")]

        def forward(self, a, b):
            ifcnn, readable = (one(a, b) for one in self.hidden)
            return 0.25 * ifcnn + 0.75 * readable

    result = check(SMALL, Hides)
    assert result.failed == "small" and result.hint, result.text
