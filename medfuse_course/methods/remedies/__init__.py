"""Answers to the open challenges of the review: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.remedies"

METHODS: tuple[Method, ...] = ()
