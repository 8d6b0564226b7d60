"""How much work a recipe may do: the profile, read from the environment and nowhere else."""

import os
from typing import Literal, cast, get_args

from medfuse_course.core.registry import unknown

Profile = Literal["smoke", "lesson", "ship", "full"]
"""``smoke``: seconds, for tests. ``lesson``: a minute, for a page on one CPU thread. ``ship``: the weights in
``data/``. ``full``: a GPU."""


def current_profile() -> Profile:
    """The profile named by ``MEDFUSE_PROFILE``, ``lesson`` when it is not set."""
    name = os.environ.get("MEDFUSE_PROFILE") or "lesson"
    if name not in get_args(Profile):
        raise ValueError(f"MEDFUSE_PROFILE: {unknown('profile', name, get_args(Profile))}")
    return cast(Profile, name)
