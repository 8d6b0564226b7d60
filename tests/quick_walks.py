"""Methods that walk take few steps in tests: what holds of every method holds after two steps as after twenty-five."""

from collections.abc import Iterator
from contextlib import contextmanager

STEPS = 2


@contextmanager
def few_steps() -> Iterator[None]:
    """Few steps are the default of DDFM for a while; tests elsewhere in this process want its own."""
    from medfuse_course.methods.remedies.ddfm import DDFM

    defaults = DDFM.forward.__kwdefaults__
    if defaults is None or "steps" not in defaults:
        raise RuntimeError("steps: expected an option of DDFM.forward by keyword, found none")
    own = defaults["steps"]
    defaults["steps"] = STEPS
    try:
        yield
    finally:
        defaults["steps"] = own
