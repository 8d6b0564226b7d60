"""What counts when two runs are compared: every value that a reader may have changed."""

import argparse
import collections
import fractions
import functools
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.training.identity import describe, differences  # noqa: E402


def closing_over(value):
    return lambda f: value.w * f


def decorated_with(weight):
    def times(function):
        @functools.wraps(function)
        def scaled(f):
            return weight * function(f)

        return scaled

    return times(lambda f: f + 1)


def with_attribute(weight):
    def loss(f):
        return f * loss.w

    loss.w = weight
    return loss


class Slots:
    __slots__ = ("w",)

    def __init__(self, w):
        self.w = w


class Answers(dict):
    """A configuration that answers to any name, as many do."""

    def __getattr__(self, name):
        return self[name]


class Scaled(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.k = k


def made_module(weight):
    module = types.ModuleType("settings")
    module.w = weight
    return module


def with_kept(weight):
    class Kept:
        doubled = functools.cached_property(lambda self: 2 * weight)

    return Kept


HOLDERS = {
    "a namespace of argparse": lambda w: closing_over(argparse.Namespace(w=w)),
    "a simple namespace": lambda w: closing_over(types.SimpleNamespace(w=w)),
    "slots": lambda w: closing_over(Slots(w)),
    "a mapping that answers to any name": lambda w: closing_over(Answers(w=w)),
    "a module made by hand": lambda w: closing_over(made_module(w)),
    "a decorator that wraps": decorated_with,
    "an attribute of a function": with_attribute,
    "an attribute of a module": Scaled,
    "a property that is kept": with_kept,
    "an attribute of a part": lambda w: nn.Sequential(nn.ReLU(), Scaled(w)),
    "torch's own setting": lambda w: nn.SmoothL1Loss(beta=w),
    "a deque": lambda w: collections.deque([w]),
    "a fraction": fractions.Fraction,
    "a slice": lambda w: slice(int(w)),
    "a default": lambda w: lambda f, weight=w: weight * f,
}


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_another_value_is_seen_and_the_same_one_is_not(hold):
    assert describe(hold(5.0)) == describe(hold(5.0)) != describe(hold(6.0))
    assert differences(describe({"phase": hold(5.0)}), describe({"phase": hold(6.0)}))


def test_functions_of_libraries_count_by_their_names():
    assert describe(np.add) != describe(np.subtract)
    assert describe(torch.relu) != describe(torch.tanh)


def test_the_code_of_a_module_is_named():
    before, after = ({"phase 1": {"uses": {"cfg": {"name": "cfg", "code": code}}}} for code in "ab")
    assert differences(before, after) == ["phase 1: the code of cfg"]
