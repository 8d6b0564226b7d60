"""The weights that ship: whole, small, of the recipes as they stand, and good for images."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.files import data_path  # noqa: E402
from medfuse_course.core.registry import load_object  # noqa: E402
from medfuse_course.methods import get_method, weights  # noqa: E402
from medfuse_course.methods.catalogue import learned_methods  # noqa: E402
from medfuse_course.networks.tensor_files import read_tensors  # noqa: E402

RECIPES = sorted({method.recipe: method.slug for method in learned_methods()[::-1]}.values())
"""Of the methods that share one, the first."""


def test_every_file_is_whole_and_of_the_recipe_as_it_stands():
    found = weights.shipped()
    assert len(found) >= 8
    assert [one.path.name for one in found if not one.is_current] == []
    assert all(one.provenance["profile"] in ("ship", "full") for one in found)
    assert [(one.path.name, one.provenance["faults"]) for one in found if "faults" in one.provenance] == []


def test_no_file_is_over_1_mb_but_the_prior_and_all_together_under_20():
    sizes = {path.stem: path.stat().st_size for path in data_path("weights").glob("*.safetensors")}
    assert sizes["ddfm"] <= 4.2e6
    assert max(size for slug, size in sizes.items() if slug != "ddfm") <= 1_000_000
    assert sum(sizes.values()) <= 20_000_000


AT_LEAST = {
    "align_then_fuse": 1.3,
    "max_residual": 1.03,
    "readable_fusion": 1.15,
    "lowdose_gan": 1.2,
    "lowdose_l1": 1.2,
    "short_frame_unet": 1.2,
    "fw_net": 0.9,
}
"""How many times the validation loss of a fresh network is that of the trained one; 2 elsewhere. Aligned as
well as can be, two modalities still differ; `max_residual` starts as the maximum, which is hard to beat, the others as
the scan itself, and what they learn from has noise of its own."""


def validation(slug, weights):
    """The last phase's loss on the validation patches of the smallest budget."""
    recipe = load_object(get_method(slug).recipe)
    torch.manual_seed(0)
    network = recipe.build("course").eval()
    if weights is not None:
        recipe.shipped_part(network).load_state_dict(weights)
    start = recipe.phases[-1].step
    step = (load_object(start) if isinstance(start, str) else start)(network)
    with torch.no_grad():
        return sum(term.item() for term in step.validate(recipe.data.validation(recipe.budget("smoke"))).values())


@pytest.mark.parametrize("slug", RECIPES)
def test_training_has_paid(slug):
    trained = read_tensors(weights.shipped_path(slug))
    assert validation(slug, None) > AT_LEAST.get(slug, 2) * validation(slug, trained)
