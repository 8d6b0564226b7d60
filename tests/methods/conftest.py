"""The laws of every method, with few steps of those that walk."""

import importlib.util

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_walks():
    """Where there is PyTorch; for the tests of a file, since other folders' tests run in the same process."""
    if not importlib.util.find_spec("torch"):
        yield
        return
    from tests.quick_walks import few_steps

    with few_steps():
        yield
