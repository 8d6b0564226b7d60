"""How much work a recipe may do: the profile, read from the environment and nowhere else."""

import os
from typing import Literal, cast, get_args

from medfuse_course.core.registry import unknown

Profile = Literal["smoke", "lesson", "ship", "full"]
"""``smoke``: seconds, for tests. ``lesson``: a minute, for a page on one CPU thread. ``ship``: the weights in
``data/``. ``full``: a GPU."""


def current_profile() -> Profile:
    """The profile named by ``MEDFUSE_PROFILE``, ``lesson`` when it is not set."""
    return check_profile(os.environ.get("MEDFUSE_PROFILE") or "lesson", "MEDFUSE_PROFILE")


def check_profile(name: str, said_by: str = "profile") -> Profile:
    """Return the name of a profile, or say which there are."""
    if name not in get_args(Profile):
        raise ValueError(f"{said_by}: {unknown('profile', name, get_args(Profile))}")
    return cast(Profile, name)
