"""What a recipe is made of: callables of any kind, checked when it is written down."""

import json
from dataclasses import replace
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.registry import load_object  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from medfuse_course.training import Budget, Phase, train  # noqa: E402
from tests.training.tiny import Noise, Tiny, build, recipe, to_max  # noqa: E402

NOTEBOOK = '''
import torch
from torch import nn
from medfuse_course.training import Budget, FusionStep, Phase, Recipe
from tests.training.tiny import Noise

width = 4
terms_of = {"weight": 4}

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(2, 1, 3, padding=1)

    def forward(self, a, b):
        return self.mix(torch.cat([a, b], dim=1))

def loss_of(weight):
    """A closure."""
    def terms(f, a, b):
        return {"max": weight * (f - torch.maximum(a, b)).pow(2).mean()}  # a comment
    return terms

def step(network):
    return FusionStep(network, loss_of(terms_of["weight"]))

recipe = Recipe("own", Own, Noise(), (Phase("fuse", step),), Budget(6, batch=2, patch=8, check_every=2), seed=0)
'''


def notebook(*changes):
    """The recipe of a notebook in which some text was changed."""
    text = NOTEBOOK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    page = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), page)
    return page["recipe"]


@pytest.fixture
def trained_once(tmp_path):
    train(notebook(), profile="smoke", folder=tmp_path)
    return tmp_path


def test_a_page_that_is_run_again_finds_its_state(trained_once):
    told = []
    train(notebook(), profile="smoke", folder=trained_once, callbacks=[told.append])
    assert told == []


@pytest.mark.parametrize(
    "change",
    [
        ('    """A closure."""', '    """Another sentence."""'),
        ("  # a comment", ""),
        ("width = 4", "width = 5"),
        ("    return terms", "\n\n    return terms"),
    ],
)
def test_what_changes_nothing_is_no_change(trained_once, change):
    told = []
    train(notebook(change), profile="smoke", folder=trained_once, callbacks=[told.append])
    assert told == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('{"weight": 4}', '{"weight": 40}'), "phase 1 (fuse), terms_of, weight: 4 -> 40"),
        (("loss_of(terms_of", "loss_of(2 * terms_of"), "phase 1 (fuse): the code of step"),
        (("torch.maximum(a, b)", "torch.minimum(a, b)"), "phase 1 (fuse): the code of loss_of"),
        (("nn.Conv2d(2, 1, 3, padding=1)", "nn.Conv2d(2, 1, 5, padding=2)"), "network: the code of Own.__init__"),
        (("seed=0", "seed=1"), "seed: 0 -> 1"),
        (("Noise()", "Noise(0.5)"), "data, scale: 1.0 -> 0.5"),
        (("Budget(6,", "Budget(8,"), "budget, steps: 6 -> 8"),
        (("seed=0", "clip=None"), "clip: 1.0 -> nothing"),
        (
            ('Phase("fuse", step)', 'Phase("fuse", lambda network: step(network))'),
            "phase 1 (fuse): the code of <lambda>",
        ),
    ],
)
def test_a_changed_recipe_never_returns_the_old_network_and_says_what_changed(trained_once, change, words):
    with pytest.raises(CheckpointError) as caught:
        train(notebook(change), profile="smoke", folder=trained_once)
    assert words in str(caught.value)
    assert "remove it, or choose another folder" in str(caught.value).lower()


def test_a_constant_in_a_closure_counts(trained_once, tmp_path):
    """The loss weight of the issue: 4 became 40."""

    def of(weight):
        return recipe(phases=(Phase("max", lambda network: to_max(network) if weight else None),))

    train(of(4), profile="smoke", folder=tmp_path / "closure")
    with pytest.raises(CheckpointError, match=r"phase 1 \(max\), weight: 4 -> 40"):
        train(of(40), profile="smoke", folder=tmp_path / "closure")


def test_another_start_is_another_run(tmp_path):
    first, second = (train(recipe(), seed=seed, profile="smoke") for seed in (1, 2))
    train(recipe(), start=first, profile="smoke", folder=tmp_path)
    with pytest.raises(CheckpointError, match="start: "):
        train(recipe(), start=second, profile="smoke", folder=tmp_path)


def test_a_state_of_an_older_version_is_refused(tmp_path):
    from medfuse_course.networks.tensor_files import save_tensors

    save_tensors(tmp_path / "tiny.smoke.course.safetensors", {"network/x": torch.zeros(1)}, {"recipe": "0" * 16})
    with pytest.raises(CheckpointError, match="older version; remove it"):
        train(recipe(), profile="smoke", folder=tmp_path)


def test_parts_are_plain_and_their_hash_does_not_depend_on_the_session():
    for code in (False, True):
        parts = notebook().parts("smoke", library_code=code)
        assert json.loads(json.dumps(parts)) == parts == notebook().parts("smoke", library_code=code)
    assert notebook().digest("smoke") == notebook().digest("smoke") != notebook(("seed=0", "seed=1")).digest("smoke")


def test_what_the_library_brings_counts_by_name_and_defaults_are_left_out():
    from medfuse_course.methods.cnn.densefuse import RECIPE

    assert RECIPE.parts("smoke") == {
        "slug": "densefuse",
        "network": "medfuse_course.methods.cnn.densefuse:build",
        "data": {"kind": "FusionPatches"},
        "budget": {"kind": "Budget", "steps": 30, "batch": 2, "patch": 32, "check_every": 5, "pool": 3},
        "phase 1 (reconstruction)": {
            "kind": "Phase",
            "name": "reconstruction",
            "step": "medfuse_course.methods.cnn.densefuse:reconstruction",
            "learning_rate": 2e-3,
        },
    }
    assert "code" in RECIPE.parts("smoke", library_code=True)["network"]


@pytest.mark.parametrize("network", [Tiny, lambda: Tiny(), build, partial(build, scale="course"), lambda scale: Tiny()])
def test_a_network_comes_from_whatever_builds_one(network):
    assert isinstance(recipe(network=network).build(), Tiny)


def test_scale_reaches_only_builders_that_take_it():
    asked = []
    recipe(network=lambda scale: asked.append(scale) or Tiny()).build("paper")
    assert asked == ["paper"]
    with pytest.raises(ValueError, match="the network of tiny comes in one size, got 'paper'"):
        recipe(network=Tiny).build("paper")


def with_width(width):
    return Tiny()


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"network": "tests.training.tiny:build"}, TypeError, "network: .* got the text .* give the function itself"),
        ({"network": Tiny()}, TypeError, "network: expected a function or a class .* got Tiny"),
        ({"data": Noise}, TypeError, "data: expected an object with batch"),
        ({"data": lambda seed: None}, TypeError, "a function that returns pairs goes into CallablePairs"),
        ({"schedule": "cosine"}, TypeError, "schedule: .* got the text 'cosine'"),
        ({"keep": "newest"}, ValueError, "keep: expected one of best, last, got 'newest'"),
        ({"precision": "fp8"}, ValueError, "precision: expected one of auto, no, bf16"),
        ({"keep": "last", "patience": 3}, ValueError, "patience: expected None with keep='last'"),
        ({"seed": "1"}, ValueError, "seed: expected a whole number from 0 .* got '1'; leave out the quotes"),
        ({"seed": 1.5}, ValueError, "seed: expected a whole number .* got 1.5"),
        ({"seed": True}, ValueError, "seed: .* got True"),
        ({"seed": -1}, ValueError, "seed: .* got -1"),
        ({"seed": 2**70}, ValueError, "seed: .* to 4294967295, got 1180591620717411303424"),
        ({"clip": 0}, ValueError, "clip: expected a positive norm, or None"),
        ({"phases": ()}, ValueError, "shares that sum to 1"),
        ({"average": 1.0}, ValueError, "average: expected a decay"),
    ],
)
def test_what_is_no_recipe_is_answered_when_it_is_written(change, kind, words):
    with pytest.raises(kind, match=words):
        recipe(**change)


def test_what_is_no_phase_or_no_builder_is_answered():
    with pytest.raises(TypeError, match="step: .* got the text 'tests.training.tiny:to_max'"):
        Phase("max", "tests.training.tiny:to_max")
    with pytest.raises(TypeError, match=r"takes nothing or scale, got with_width\(width\); fill width with functools"):
        recipe(network=with_width).build()
    with pytest.raises(TypeError, match="builder that returns an nn.Module, got NoneType"):
        recipe(network=lambda: None).build()
    with pytest.raises(TypeError, match="recipe: expected a Recipe, got str"):
        train("medfuse_course.methods.cnn.densefuse:RECIPE")


def test_an_address_that_is_a_function_is_answered():
    with pytest.raises(TypeError, match="expected the text 'package.module:attribute', got the function build"):
        load_object(build)


def test_one_budget_serves_all_profiles():
    assert recipe(budgets=Budget(3)).budget("full") == Budget(3)


def test_recipes_compare_and_hash():
    assert recipe() == recipe() and hash(recipe()) == hash(recipe())
    assert recipe() != replace(recipe(), clip=None)


def test_training_gives_torchs_generator_back_as_it_was():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    before = torch.get_rng_state()
    train(recipe(), profile="smoke")
    assert torch.equal(before, torch.get_rng_state())
