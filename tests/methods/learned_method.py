"""A learned method small enough for tests: the network of tests.training.tiny, declared like any other."""

from contextlib import contextmanager

from medfuse_course.methods import Method, catalogue
from tests.training.tiny import recipe

RECIPE = recipe()
METHOD = Method(
    slug="tiny",
    title="Tiny",
    family="cnn",
    citation="zhang2025review",
    evidence="title",
    summary="A network for tests.",
    symmetric=False,
    idempotent=False,
    network="tests.training.tiny:build",
    recipe="tests.methods.learned_method:RECIPE",
)


@contextmanager
def registered():
    """The method is known for a while."""
    catalogue._METHODS.add("tiny", METHOD)
    try:
        yield METHOD
    finally:
        del catalogue._METHODS._entries["tiny"]
