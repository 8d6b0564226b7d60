"""Sphinx extension of the course book: one small module for each concern, connected here."""

from typing import Any

from sphinx.application import Sphinx

from medfuse_course.publishing import (
    assets,
    gallery,
    gan_lab,
    hero,
    launch,
    leaderboard,
    lint,
    measured_time,
    method_links,
    model_answers,
    paths,
    pictures,
    playground,
    reference,
    review,
    slides,
    solutions,
    stated_time,
    syllabus_views,
    units,
)
from medfuse_course.publishing.project import project


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    pages = (
        launch,
        pictures,
        method_links,
        hero,
        gallery,
        gan_lab,
        leaderboard,
        playground,
        reference,
        review,
        model_answers,
    )
    notes = (solutions, stated_time, measured_time, syllabus_views, paths, slides, units)
    for concern in (assets, *pages, *notes, lint):
        concern.setup(app)
    return {"version": project().version, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
