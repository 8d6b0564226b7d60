"""Tensors do where arrays do."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises import check, use  # noqa: E402

DETAILS = "transforms.pyramid.fuse_details"


def test_tensors_do_where_arrays_do_and_the_page_goes_on_with_arrays():
    def mine(a, b):
        a, b = torch.as_tensor(a), torch.as_tensor(b)
        return torch.where(a.abs() > b.abs(), a, b)

    assert check(DETAILS, mine).passed
    made = use(DETAILS, mine)(np.float32([1, -3]), np.float32([2, 1]))
    assert isinstance(made, np.ndarray) and made.tolist() == [2, -3]


def test_a_pair_of_tensors_and_a_number_do_too():
    from medfuse_course.exercises.transforms.pyramid import laplacian

    assert check("transforms.pyramid.laplacian", lambda x: tuple(map(torch.as_tensor, laplacian(x)))).passed
    assert check("transforms.pyramid.laplacian", lambda x: list(laplacian(x))).passed
    assert check("methods.classical.average.contrast", torch.tensor(0.4)).passed
