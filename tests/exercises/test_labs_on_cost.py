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
    assert result.failed == "its_own" and result.hint, result.text
