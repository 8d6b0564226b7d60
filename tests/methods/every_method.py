"""The fusion methods as test parameters; those that learn are marked, so that they rest where PyTorch is not."""

import pytest

from medfuse_course.methods import list_methods


def marks(method):
    return [pytest.mark.torch] if method.network else []


FUSION = list_methods(task="fusion")
SLUGS = [pytest.param(method.slug, marks=marks(method), id=method.slug) for method in FUSION]
each_method = pytest.mark.parametrize("slug", SLUGS)
