"""The fusion methods as test parameters; those that learn are marked, so that they rest where PyTorch is not."""

import pytest

from medfuse_course.methods import list_methods


def marks(method):
    return [pytest.mark.torch] if method.network else []


ONE_LOOK = {"align_then_fuse": {"passes": 1}}
"""Where a look follows a look, and in images of pure noise each makes the last digits of the one before it larger."""

FUSION = list_methods(task="fusion")
SLUGS = [pytest.param(method.slug, marks=marks(method), id=method.slug) for method in FUSION]
each_method = pytest.mark.parametrize("slug", SLUGS)
each_without_a_network = pytest.mark.parametrize("slug", [m.slug for m in FUSION if not m.network])
each_with_a_network = pytest.mark.parametrize("slug", [p for p in SLUGS if p.marks])
