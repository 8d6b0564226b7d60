"""All methods, gathered from the families' tables of contents."""

from typing import get_args

from medfuse_course.core.registry import Registry, check_name
from medfuse_course.methods import classical, cnn
from medfuse_course.methods.base import Family, Method, Task

_METHODS: Registry[Method] = Registry("method")
for _method in (*classical.METHODS, *cnn.METHODS):
    _METHODS.add(_method.slug, _method)


def get_method(slug: str) -> Method:
    """The declaration of one method; an unknown slug suggests the nearest ones."""
    return _METHODS[slug]


def list_methods(task: Task | None = None, family: Family | None = None) -> tuple[Method, ...]:
    """Declarations of all methods, or of those of one task or family, in the order of the course."""
    for name, value, known in (("task", task, get_args(Task)), ("family", family, get_args(Family))):
        if value is not None:
            check_name(name, value, known)
    return tuple(m for m in _METHODS.values() if task in (None, m.task) and family in (None, m.family))


def learned_methods() -> tuple[Method, ...]:
    """Declarations of all methods with a recipe."""
    return tuple(method for method in _METHODS.values() if method.recipe)
