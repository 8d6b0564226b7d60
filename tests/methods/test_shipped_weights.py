"""The weights that ship: whole, small, of the recipes as they stand, and good for images."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.files import data_path  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import fuse, get_method, weights  # noqa: E402
from medfuse_course.methods.registry import learned_methods  # noqa: E402

LEARNED = [method.slug for method in learned_methods()]


def test_every_file_is_whole_and_of_the_recipe_as_it_stands():
    found = weights.shipped()
    assert len(found) >= 8
    assert [one.path.name for one in found if not one.is_current] == []
    assert all(one.provenance["profile"] in ("ship", "full") for one in found)


def test_no_file_is_over_1_mb_and_all_together_under_20():
    sizes = [path.stat().st_size for path in data_path("weights").iterdir() if path.suffix == ".safetensors"]
    assert max(sizes) <= 1_000_000
    assert sum(sizes) <= 20_000_000


@pytest.mark.parametrize("slug", LEARNED)
def test_a_learned_method_fuses_with_its_shipped_weights(slug):
    pair = load_pair("head/mri-pet", seed=2)
    a, b = pair.a[64:160, 64:159], pair.b[64:160, 64:159]
    before = a.copy(), b.copy()
    fused = fuse(a, b, slug)
    assert fused.shape == a.shape and fused.dtype == np.float32
    assert np.array_equal(a, before[0]) and np.array_equal(b, before[1])
    for source in (a, b):
        assert np.corrcoef(fused.ravel(), source.ravel())[0, 1] > 0.1
    assert get_method(slug).citation
