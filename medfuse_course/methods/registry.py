"""All methods, gathered from the families' tables of contents."""

from typing import get_args

from medfuse_course.core.registry import Registry, unknown
from medfuse_course.methods import classical
from medfuse_course.methods.base import Family, Method, Task

_METHODS: Registry[Method] = Registry("method")
for _method in (*classical.METHODS,):
    _METHODS.add(_method.slug, _method)


def get_method(slug: str) -> Method:
    """The declaration of one method; an unknown slug suggests the nearest ones."""
    return _METHODS[slug]


def list_methods(task: Task | None = None, family: Family | None = None) -> tuple[Method, ...]:
    """Declarations of all methods, or of those of one task or family, in the order the course teaches them."""
    for name, value, known in (("task", task, get_args(Task)), ("family", family, get_args(Family))):
        if value is not None and value not in known:
            raise ValueError(unknown(name, value, known))
    return tuple(m for m in _METHODS.values() if task in (None, m.task) and family in (None, m.family))
