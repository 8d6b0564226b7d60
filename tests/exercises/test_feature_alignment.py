"""The lab on displacements: what does not align is refused, and says how."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.slow]

from medfuse_course.benchmark.experiments.registration import network_flow, seen_through  # noqa: E402
from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.networks.registration import by_shift_and_turn  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402


def by_the_network(a, b):
    return network_flow(load_network(get_method("align_then_fuse")).cpu().eval(), a, b)


def rough(a, b):
    return by_shift_and_turn(a, b) + np.random.default_rng(0).normal(0, 1, (2, *a.shape))


def by_the_library(a, b):
    pytest.importorskip("SimpleITK", reason="SimpleITK is not installed; pip install 'medfuse-course[registration]'")
    from medfuse_course.benchmark.experiments.registration.sceptic import register

    return register(a, b, elastic=True)


def by_both(a, b):
    """The library's spline after shift and turn, one looked at through the other."""
    first = by_shift_and_turn(a, b)
    second = by_the_library(a, np.clip(seen_through(b, first), 0, 1))
    at = np.indices(a.shape) + second
    return second + np.stack([ndimage.map_coordinates(part, at, order=1, mode="nearest") for part in first])


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (lambda a, b: np.zeros((2, *a.shape)), "landmarks"),
        (by_shift_and_turn, "landmarks"),
        (lambda a, b: -by_shift_and_turn(a, b), "landmarks"),
        (lambda a, b: by_shift_and_turn(a, b)[::-1], "landmarks"),
        (by_the_network, "landmarks"),
        (lambda a, b: (by_the_network(a, b) + by_shift_and_turn(a, b)) / 2, "landmarks"),
        (by_the_library, "landmarks"),
        (by_both, "landmarks"),
        (rough, "folded"),
    ],
)
def test_what_does_not_align_is_refused(answer, failed):
    result = check("networks.registration.align", answer)
    assert (result.status, result.failed) == ("refused", failed), result.text
