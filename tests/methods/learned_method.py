"""A learned method small enough for tests: the network of tests.training.tiny, declared like any other."""

from contextlib import contextmanager

from medfuse_course.methods import Method, registry
from tests.training.tiny import HERE, recipe

RECIPE = recipe()
METHOD = Method(
    slug="tiny",
    title="Tiny",
    family="cnn",
    where="medfuse_course.methods.learned:run_network",
    citation="zhang2025review",
    evidence="title",
    summary="A network for tests.",
    symmetric=False,
    idempotent=False,
    network=f"{HERE}:build",
    recipe="tests.methods.learned_method:RECIPE",
)


@contextmanager
def registered():
    """The method is known for a while."""
    registry._METHODS.add("tiny", METHOD)
    try:
        yield METHOD
    finally:
        del registry._METHODS._entries["tiny"]
