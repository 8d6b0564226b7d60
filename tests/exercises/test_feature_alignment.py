"""The lab on displacements: what does not align is refused, and says how."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.slow]

from medfuse_course.benchmark.experiments.registration import network_flow  # noqa: E402
from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.networks.registration import by_shift_and_turn  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402


def by_the_network(a, b):
    return network_flow(load_network(get_method("align_then_fuse")).cpu().eval(), a, b)


def rough(a, b):
    return by_shift_and_turn(a, b) + np.random.default_rng(0).normal(0, 1, (2, *a.shape))


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (lambda a, b: np.zeros((2, *a.shape)), "landmarks"),
        (by_shift_and_turn, "landmarks"),
        (lambda a, b: -by_shift_and_turn(a, b), "landmarks"),
        (lambda a, b: by_shift_and_turn(a, b)[::-1], "landmarks"),
        (by_the_network, "landmarks"),
        (lambda a, b: (by_the_network(a, b) + by_shift_and_turn(a, b)) / 2, "landmarks"),
        (rough, "folded"),
    ],
)
def test_what_does_not_align_is_refused(answer, failed):
    result = check("networks.registration.align", answer)
    assert (result.status, result.failed) == ("refused", failed), result.text
