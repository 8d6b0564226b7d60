"""Methods built on attention: the table of contents."""

from medfuse_course.methods.base import Method

METHODS: tuple[Method, ...] = ()
