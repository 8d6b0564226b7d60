"""From images through a network and back; weights that say what they are, and refuse to be what they are not."""

import os
import re
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from safetensors.torch import load_file, save_file  # noqa: E402
from torch import nn  # noqa: E402

from medfuse_course.methods import fuse, get_method, weights  # noqa: E402
from medfuse_course.methods.base import LEARNED_OPTIONS  # noqa: E402
from medfuse_course.methods.learned import grow, run_network  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from medfuse_course.networks.weight_sources import Untrained  # noqa: E402
from medfuse_course.training import train  # noqa: E402
from tests.methods.learned_method import METHOD, RECIPE, registered  # noqa: E402


class Halving(nn.Module):
    """Averages 4 x 4 pixels and repeats them: sides must be multiples of 4."""

    multiple = 4

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, a, b):
        small = nn.functional.avg_pool2d((a + b) / 2, 4)
        return self.gain * small.repeat_interleave(4, 2).repeat_interleave(4, 3)


class Scaled(nn.Module):
    """Twice its only image."""

    def forward(self, x):
        return 2 * x


class OfThree(nn.Module):
    """The sum of three neighboring slices, weighted by what each is; it warns of large values."""

    slices, reach = 3, 0

    def forward(self, x, *, gain=1.0):
        return gain * (x * torch.tensor([1.0, 10.0, 100.0])[:, None, None]).sum(dim=1, keepdim=True)

    def examine(self, x, *, gain=1.0):
        if x.max() > 5:
            warnings.warn(f"x: expected values up to 5, got {x.max():g}", stacklevel=2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    return weights.save(train(RECIPE, profile="smoke"), path)


@pytest.fixture
def tiny():
    with registered() as method:
        yield method


def test_an_image_is_grown_by_reflection_and_again_where_once_is_too_little():
    line = torch.arange(3.0).reshape(1, 1, 1, 3)
    assert grow(line, 4)[0, 0, 0].tolist() == [0, 1, 2, 1]
    assert grow(line, 8)[0, 0, 0].tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    image = torch.rand(1, 2, 21, 32)
    torch.testing.assert_close(grow(image, 32), nn.functional.pad(image, (0, 0, 0, 11), mode="reflect"))
    assert grow(image, 1) is image


def test_a_network_sees_what_the_images_hold_and_any_size_is_padded_and_cropped():
    a, b = (np.full((18, 21), value, np.float32) for value in (0.2, 0.6))
    fused = run_network(Halving(), a, b)
    assert fused.dtype == np.float32
    np.testing.assert_allclose(fused, np.full((18, 21), 0.4), atol=1e-6)


def test_padding_reflects_the_border():
    a = np.zeros((16, 17), np.float32)
    a[:, -1] = (
        1  # one column beyond the last multiple of 4: its block of 4 holds it and three reflected ones, which are 0
    )
    assert run_network(Halving(), a, a)[0, -1] == pytest.approx(0.25)


def test_a_stack_is_fused_as_its_slices_are(made):
    network = weights.load_network(METHOD, weights=made.path)
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 20, 24), dtype=np.float32)
    stack = run_network(network, a, b)
    assert stack.shape == (3, 20, 24)
    for k in range(3):
        np.testing.assert_allclose(stack[k], run_network(network, a[k], b[k]), atol=1e-5)


def test_a_network_of_one_image_takes_one_and_a_stack_slice_by_slice():
    x = np.random.default_rng(0).random((3, 16, 18), dtype=np.float32)
    np.testing.assert_array_equal(run_network(Scaled(), x[0]), 2 * x[0])
    np.testing.assert_array_equal(run_network(Scaled(), x), 2 * x)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((2.0,), 222.0), ((1.0, 2.0, 3.0), 321.0), ((9.0, 1.0, 2.0, 3.0, 9.0), 321.0)],
    ids=["one", "three", "five"],
)
@pytest.mark.parametrize("tile", [None, 8])
def test_neighboring_slices_go_in_as_channels_and_the_last_stands_for_those_that_are_missing(values, expected, tile):
    stack = np.stack([np.full((16, 18), value, np.float32) for value in values])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = run_network(OfThree(), stack, tile=tile, gain=2.0)
    np.testing.assert_array_equal(result, np.full((16, 18), 2 * expected, np.float32))


def test_a_network_may_warn_of_what_it_was_not_made_for():
    with pytest.warns(UserWarning, match="x: expected values up to 5, got 7"):
        run_network(OfThree(), np.full((3, 16, 16), 7, np.float32))


def test_fuse_takes_a_file_of_weights(made, tiny, gray_pair):
    fused = fuse(*gray_pair, "tiny", weights=made.path)
    network = weights.load_network(METHOD, weights=made.path)
    np.testing.assert_allclose(fused, np.clip(run_network(network, *gray_pair), 0, 1))
    assert tiny.options | {"tile": None} == LEARNED_OPTIONS and "tile" not in tiny.options  # it declares no reach


def test_what_is_saved_says_how_it_was_made(made):
    said = weights.inspect(made.path).provenance
    assert said["recipe"] == RECIPE.digest("smoke")
    assert (said["slug"], said["profile"], said["steps"], said["seed"]) == ("tiny", "smoke", 24, 0)
    assert set(said["validation"]) == {"max"}


def test_weights_of_the_recipe_as_it_stands_are_current(made, tiny):
    assert weights.inspect(made.path).is_current
    older = weights.Weights(made.path, dict(made.provenance) | {"recipe": "0" * 16})
    assert not older.is_current


def test_missing_weights_name_the_command_that_makes_them(tiny, gray_pair):
    with pytest.raises(weights.WeightsMissingError, match="medfuse train tiny"):
        fuse(*gray_pair, "tiny")
    with pytest.raises(weights.WeightsMissingError, match="--scale paper"):
        fuse(*gray_pair, "tiny", scale="paper")
    with pytest.raises(ValueError, match="unknown scale 'papper'; did you mean 'paper'"):
        fuse(*gray_pair, "tiny", scale="papper")
    with pytest.raises(FileNotFoundError, match="not there"):
        fuse(*gray_pair, "tiny", weights="nowhere.safetensors")


def test_truncated_altered_and_foreign_files_are_refused(made, tiny, gray_pair, tmp_path):
    content = made.path.read_bytes()
    truncated, altered, foreign = (tmp_path / f"{name}.safetensors" for name in ("truncated", "altered", "foreign"))
    truncated.write_bytes(content[:-20])
    altered.write_bytes(content[:-4] + bytes([content[-4] ^ 1]) + content[-3:])
    save_file({"mix.0.weight": torch.zeros(4, 3, 3, 3)}, foreign, {"about": "{}"})
    with pytest.raises(CheckpointError, match="not a whole file"):
        fuse(*gray_pair, "tiny", weights=truncated)
    with pytest.raises(CheckpointError, match="was altered"):
        weights.inspect(altered)
    with pytest.raises(CheckpointError, match=r"another network.*'mix\.0\.bias'"):
        fuse(*gray_pair, "tiny", weights=foreign)


def test_a_device_that_is_not_here_is_answered(made, tiny, gray_pair, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DEVICE", "cuda:7")
    with pytest.raises(ValueError, match="MEDFUSE_DEVICE"):
        fuse(*gray_pair, "tiny", weights=made.path)


def test_a_network_handed_to_one_caller_cannot_be_changed_for_another(made, tiny, gray_pair):
    before = fuse(*gray_pair, "tiny", weights=made.path)
    mine = weights.load_network(METHOD, weights=made.path)
    with torch.no_grad():
        for tensor in mine.state_dict().values():
            tensor.zero_()
    mine.train()
    np.testing.assert_array_equal(fuse(*gray_pair, "tiny", weights=made.path), before)
    again = weights.load_network(METHOD, weights=made.path)
    assert not again.training and all(tensor.any() for tensor in again.state_dict().values())


def test_another_file_under_the_same_name_size_and_time_is_seen(made, tiny, gray_pair, tmp_path):
    path, tensors = tmp_path / "mine.safetensors", load_file(made.path)
    results = []
    for factor in (1.0, 0.5):
        save_file({name: factor * tensor for name, tensor in tensors.items()}, path)
        os.utime(path, ns=(1, 1))
        results.append((path.stat().st_size, fuse(*gray_pair, "tiny", weights=path)))
    (size, whole), (size_again, half) = results
    assert size == size_again
    assert np.abs(whole - half).max() > 0.01


def test_a_network_says_where_its_weights_come_from(made, tiny):
    assert str(weights.load_network(METHOD, weights=made.path).weight_source).startswith("local file: tiny.safetensors")
    shipped = weights.load_network(get_method("max_residual")).weight_source
    assert re.fullmatch(r"shipped: max_residual\.safetensors, sha256 [0-9a-f]{16}", str(shipped))


def test_without_weights_filters_are_random_and_fixed(tiny, gray_pair):
    first = fuse(*gray_pair, "tiny", weights="none")
    torch.manual_seed(99)
    state = torch.random.get_rng_state()
    network = weights.load_network(METHOD, "paper", "none")
    torch.testing.assert_close(torch.random.get_rng_state(), state)  # nobody else's numbers move
    assert str(network.weight_source) == "none: fixed random filters (He), seed 0"
    np.testing.assert_array_equal(fuse(*gray_pair, "tiny", weights="none"), first)
    other = weights.load_network(METHOD, weights=Untrained(seed=1))
    mine = weights.load_network(METHOD, weights="none")
    assert any((x != y).any() for x, y in zip(mine.parameters(), other.parameters(), strict=True))


def test_random_filters_are_nobodys_published_result_so_black_stays_black(tiny):
    a, b = np.zeros((2, 32, 32), np.float32)
    a[8:20, 8:20] = 0.5
    assert not fuse(a, b, "tiny", weights="none")[a == 0].any()
