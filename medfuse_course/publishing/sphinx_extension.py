"""Sphinx extension of the course book: one small module for each concern, connected here."""

from typing import Any

from sphinx.application import Sphinx

from medfuse_course.publishing import assets, gallery, launch, leaderboard, lint, measured_time, pictures, solutions
from medfuse_course.publishing.project import project


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    for concern in (assets, launch, pictures, gallery, leaderboard, solutions, measured_time, lint):
        concern.setup(app)
    return {"version": project().version, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
