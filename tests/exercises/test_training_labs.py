"""The open labs on training: a formula passes neither, and what the reader changes trains again."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.attempt import Attempt  # noqa: E402
from medfuse_course.exercises.page import read_page  # noqa: E402
from medfuse_course.exercises.training.lab import (  # noqa: E402
    LAB,
    LESIONS,
    METRICS,
    SSIM,
    cases,
    hides_lesions,
    softer_maximum,
)
from medfuse_course.metrics import evaluate  # noqa: E402
from medfuse_course.training import Budget, FusionPatches, FusionStep, Phase, Recipe  # noqa: E402
from tests.house import ROOT  # noqa: E402


class OwnNetwork(nn.Module):
    """What the page calls TwoLayers."""


OWN, BREAK = "training.lab.own_fuser", "training.lab.break_it"


def test_what_is_measured_is_the_librarys():
    rows = [evaluate(np.maximum(p.a, p.b), p.a, p.b, METRICS, truth=p.truth) for p in cases()]
    for name in METRICS:
        assert LAB.known["maximum"][name] == pytest.approx(np.mean([row[name] for row in rows]))


class Formula(nn.Module):
    """A network in name only."""

    def __init__(self, formula):
        super().__init__()
        self.formula = formula

    def forward(self, a, b):
        return self.formula(a, b)


def smooth(x):
    return nn.functional.avg_pool2d(x, 3, 1, 1)


@pytest.mark.parametrize("name", [OWN, BREAK])
@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda: np.maximum, "network"),
        (lambda a, b: 0.85 * np.maximum(a, b) + 0.15 * (a + b) / 2, "network"),
        (lambda: "densefuse", "network"),
        (lambda: Formula(lambda a, b: 0.85 * torch.maximum(a, b) + 0.15 * (a + b) / 2), "around"),
        (Formula(lambda a, b: (a + b) / 2), "around"),
        (Formula(lambda a, b: a), "around"),
        (lambda: Formula(lambda a, b: 0.02 + smooth(0.6 * a + 0.38 * b)), "air"),
    ],
)
def test_no_formula_passes(name, cheat, failed):
    assert check(name, cheat).failed == failed


@pytest.mark.parametrize(
    ("name", "formula", "failed"),
    [
        (OWN, lambda a, b: 0.85 * torch.maximum(a, b) + 0.15 * (a + b) / 2 + 0.002 * smooth(a - b), "learned"),
        (OWN, lambda a, b: torch.maximum(a, b) + 0.001 * (smooth(a) - a), "ssim"),
        (OWN, lambda a, b: (a + b) / 2 + 0.01 * smooth(a - b), "lesions"),
        (OWN, lambda a, b: smooth(smooth(torch.maximum(a, b))), "edges"),
        (BREAK, lambda a, b: 0.6 * a + 0.4 * b + 0.01 * (smooth(a) - a), "learned"),
        (BREAK, lambda a, b: torch.maximum(a, b) + 0.001 * (smooth(a) - a), "hidden"),
        (BREAK, lambda a, b: 0.3 * a + 0.7 * b + 0.01 * (smooth(a) - a), "hidden"),
        (BREAK, lambda a, b: 0.01 * smooth(a), "praised"),
    ],
)
def test_what_misses_a_goal_and_what_learned_nothing_is_refused(name, formula, failed):
    result = check(name, lambda: Formula(formula))
    assert result.failed == failed, result.text


def test_contrast_of_the_wrong_sign_counts_as_hidden():
    """A copy of the MRI shows them dark: refused, since it learned nothing, but not since they can be seen."""
    copied = check(BREAK, lambda: Formula(lambda a, b: a + 0.001 * (smooth(a) - a)))
    assert copied.failed in ("praised", "learned"), copied.text


def test_a_network_itself_is_taken_too_and_told_what_it_reached():
    result = check(BREAK, hides_lesions())
    assert result.passed and check(OWN, softer_maximum()).passed
    reached = LAB.reached(Attempt(hides_lesions))
    assert f"SSIM {reached[SSIM]:.3f} (maximum {LAB.known['maximum'][SSIM]:.3f})" in result.text
    assert f"lesion contrast {reached[LESIONS]:.2f}" in result.text and "to spare" in result.text


def test_a_changed_loss_trains_again_and_the_same_does_not():
    """The page keeps a network by all that its recipe says, down to a loss in an earlier cell."""
    text = (ROOT / "chapters/cnn/learning_without_truth.md").read_text(encoding="utf8")
    cells = [block.text for block in read_page(text, "page").blocks if block.kind == "code-cell"]
    cell = next(cell for cell in cells if "def own_network(" in cell)
    trainings = []

    def train(recipe, **options):
        trainings.append(recipe)
        return SimpleNamespace(network=object())

    space = {
        "__name__": "__main__", "TwoLayers": OwnNetwork, "patches": FusionPatches(), "Budget": Budget, "Phase": Phase,
        "Recipe": Recipe, "replace": replace, "train": train, "LiveCurves": lambda **_: print, "FusionStep": FusionStep,
    }  # fmt: skip
    exec(cell.replace("from medfuse_course.widgets import LiveCurves\n", ""), space)

    def step_with(weight):
        exec(f"def loss_of():\n    return {weight}\ndef my_step(network):\n    return loss_of()\n", space)
        return space["own_network"](space["my_step"])

    first = step_with(1)
    assert step_with(1) is first and len(trainings) == 1
    assert step_with(2) is not first and len(trainings) == 2
    assert step_with(1) is first
