"""Methods built on features of a network that was trained for something else: the table of contents."""

from medfuse_course.methods.base import Method

METHODS: tuple[Method, ...] = ()
