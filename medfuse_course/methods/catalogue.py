"""All methods, gathered from the families' tables of contents."""

from typing import get_args

from medfuse_course.core.registry import Registry, check_name
from medfuse_course.methods import classical, cnn, extractors, gan, remedies, transformers
from medfuse_course.methods.base import Family, Method, check_task
from medfuse_course.methods.tasks import Task, as_task

_METHODS: Registry[Method] = Registry("method")
for _method in (
    *classical.METHODS,
    *cnn.METHODS,
    *gan.METHODS,
    *extractors.METHODS,
    *transformers.METHODS,
    *remedies.METHODS,
):
    _METHODS.add(_method.slug, _method)

_TO_BE_TAUGHT: frozenset[str] = frozenset()
"""Slugs of methods without a chapter yet: they work by name, and are tested; lists and what is made from them wait."""


def get_method(slug: str, task: Task | None = None) -> Method:
    """The declaration of one method; an unknown slug suggests the nearest ones.

    Parameters
    ----------
    slug
        Its name.
    task
        What it must be for. A method of another task is an error that names the verb to use.

    Returns
    -------
    Its declaration.

    Examples
    --------
    >>> from medfuse_course.methods import get_method
    >>> method = get_method("laplacian_pyramid")
    >>> method.title, method.family, method.task.slug
    ('Laplacian pyramid', 'classical', 'fusion')
    >>> get_method("laplace_pyramid")
    Traceback (most recent call last):
        ...
    medfuse_course.core.registry.UnknownNameError: unknown method 'laplace_pyramid'; did you mean 'laplacian_pyramid'?
    """
    method = _METHODS[slug]
    return method if task is None else check_task(method, task)


def list_methods(task: Task | str | None = None, family: Family | None = None) -> tuple[Method, ...]:
    """Declarations of all methods, or of those of one task (it or its slug) or family, in the order of the course.

    Examples
    --------
    >>> from medfuse_course import list_methods
    >>> [method.slug for method in list_methods(family="classical")][:3]
    ['average', 'maximum', 'pca']
    """
    wanted = None if task is None else as_task(task)
    if family is not None:
        check_name("family", family, get_args(Family))
    taught = (method for method in _METHODS.values() if method.slug not in _TO_BE_TAUGHT)
    return tuple(m for m in taught if wanted in (None, m.task) and family in (None, m.family))


def learned_methods() -> tuple[Method, ...]:
    """Declarations of all methods with a recipe."""
    return tuple(method for method in _METHODS.values() if method.recipe)
