"""Methods that walk take few steps in tests: what holds of every method holds after two steps as after twenty-five."""

STEPS = 2


def take_few_steps() -> None:
    """Make few steps the default of DDFM in this process."""
    from medfuse_course.methods.remedies.ddfm import DDFM

    defaults = DDFM.forward.__kwdefaults__
    if defaults is None or "steps" not in defaults:
        raise RuntimeError("steps: expected an option of DDFM.forward by keyword, found none")
    defaults["steps"] = STEPS
