"""All methods, gathered from the families' tables of contents."""

from typing import get_args

from medfuse_course.core.registry import Registry, unknown
from medfuse_course.methods import classical, cnn
from medfuse_course.methods.base import Family, Method, Task

_TAUGHT = (*classical.METHODS,)
_TO_BE_TAUGHT = (*cnn.METHODS,)
"""They work by name; lists, gallery and benchmark take them up once a chapter says what they do and how they fail."""

_METHODS: Registry[Method] = Registry("method")
for _method in (*_TAUGHT, *_TO_BE_TAUGHT):
    _METHODS.add(_method.slug, _method)


def get_method(slug: str) -> Method:
    """The declaration of one method; an unknown slug suggests the nearest ones."""
    return _METHODS[slug]


def list_methods(task: Task | None = None, family: Family | None = None) -> tuple[Method, ...]:
    """Declarations of the methods that the course teaches, or of those of one task or family, in its order."""
    for name, value, known in (("task", task, get_args(Task)), ("family", family, get_args(Family))):
        if value is not None and value not in known:
            raise ValueError(unknown(name, value, known))
    return tuple(m for m in _TAUGHT if task in (None, m.task) and family in (None, m.family))


def learned_methods() -> tuple[Method, ...]:
    """Declarations of all methods with a recipe."""
    return tuple(method for method in _METHODS.values() if method.recipe)
