"""The laws of every method, with few steps of those that walk."""

import importlib.util

import pytest


@pytest.fixture(scope="session", autouse=True)
def few_steps():
    """Where there is PyTorch."""
    if importlib.util.find_spec("torch"):
        from tests.quick_walks import take_few_steps

        take_few_steps()
