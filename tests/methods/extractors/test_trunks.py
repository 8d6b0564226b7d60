"""A method on a trunk gets its weights from five places, each of which is named; what goes wrong is said."""

import hashlib
import io
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core import download  # noqa: E402
from medfuse_course.methods import weights  # noqa: E402
from medfuse_course.methods.base import Method  # noqa: E402
from medfuse_course.methods.catalogue import get_method  # noqa: E402
from medfuse_course.methods.weights import WeightsMissingError, load_network, weight_source  # noqa: E402
from medfuse_course.networks import FeatureExtractor, bare_extractor  # noqa: E402
from medfuse_course.networks.backbones import BACKBONES, VGG, Backbone  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from medfuse_course.networks.weight_sources import Download, WeightsUnavailableError  # noqa: E402
from tests.loopback import Server  # noqa: E402


class Rule(torch.nn.Module):
    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(self, a, b):
        return torch.maximum(a, b)


def build(scale: str) -> Rule:
    return Rule(bare_extractor("tiny", scale, before_relu=True))


METHOD = Method("tiny_rule", "Rule", "extractors", "none", "course", "", network=f"{__name__}:build", backbone="tiny")


def drawn(blocks, seed=0):
    torch.manual_seed(seed)
    return VGG(blocks).state_dict()


def in_file(tensors):
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Two backbones whose public files lie on this machine; one of them has a narrow form, too."""
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path))
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    server = Server()
    for name, blocks, narrow in (("tiny", ((4, 4), (8,)), ((2, 2), (3,))), ("other", ((5,), (6,), (7,)), None)):
        body = in_file(drawn(blocks))
        digits = hashlib.sha256(body).hexdigest()[:8]
        server.files[f"{name}.pth"] = body
        public = Download(f"{server.address}{name}.pth", digits)
        entry = Backbone(partial(VGG, blocks), public, partial(VGG, narrow) if narrow else None)
        monkeypatch.setitem(BACKBONES, name, entry)
    yield server
    server.close()


def test_public_weights_come_in_their_own_width_and_keep_what_the_method_chose(server):
    network = load_network(METHOD, weights="imagenet").cpu()
    expected = drawn(((4, 4), (8,)))
    assert all(tensor.equal(expected[name]) for name, tensor in network.extractor.trunk.state_dict().items())
    assert network.extractor.names == ("conv1_1", "conv2_1")  # as `build` said
    assert (
        str(network.weight_source)
        == f"downloaded: {server.address}tiny.pth, sha256 {BACKBONES['tiny'].imagenet.sha256}"
    )
    assert not network.training and not any(p.requires_grad for p in network.parameters())


def test_another_trunk_takes_the_place_by_its_name(server):
    network = load_network(METHOD, weights="other")
    assert network.extractor.names == ("conv1_1", "conv2_1", "conv3_1")
    assert "other.pth" in str(network.weight_source)
    assert weight_source(METHOD, weights="other") == BACKBONES["other"].imagenet


@pytest.mark.parametrize(("scale", "width"), [("course", 2), ("paper", 4)])
def test_random_filters_and_a_file_come_in_the_width_of_the_scale(server, tmp_path, scale, width):
    network = load_network(METHOD, scale, "none")
    assert network.extractor.trunk.features[0].out_channels == width
    assert "random filters" in str(network.weight_source)
    path = tmp_path / "mine.pth"
    path.write_bytes(in_file(drawn(((width, width), (2 * width if width == 4 else 3,)), seed=3)))
    mine = load_network(METHOD, scale, path)
    assert "local file: mine.pth" in str(mine.weight_source)
    assert mine.extractor.trunk.features[0].out_channels == width


def test_a_file_of_the_published_width_is_known_by_its_shapes_and_a_narrow_one_is_not_taken_for_it(server, tmp_path):
    for name, blocks in (("wide", ((4, 4), (8,))), ("narrow", ((2, 2), (3,)))):
        (tmp_path / f"{name}.pth").write_bytes(in_file(drawn(blocks)))
    assert load_network(METHOD, weights=tmp_path / "wide.pth").extractor.trunk.features[0].out_channels == 4
    with pytest.raises(CheckpointError, match=r"narrow\.pth: weights of another network"):
        load_network(METHOD, "paper", tmp_path / "narrow.pth")


def test_a_renamed_tensor_is_named(server, tmp_path):
    tensors = drawn(((4, 4), (8,)))
    tensors["features.0.kernel"] = tensors.pop("features.0.weight")
    path = tmp_path / "renamed.pth"
    path.write_bytes(in_file(tensors))
    with pytest.raises(CheckpointError, match=r"renamed\.pth: .* 2 of 7 tensors differ, first 'features\.0\.kernel'"):
        load_network(METHOD, "paper", path)


@pytest.mark.parametrize(("fault", "words"), [("cut", "could not be downloaded"), ("other", "not the expected file")])
def test_what_arrives_broken_is_not_used(server, fault, words):
    server.broken["tiny.pth"] = fault
    with pytest.raises(WeightsUnavailableError, match=words):
        load_network(METHOD, weights="imagenet")
    assert not BACKBONES["tiny"].imagenet.is_here


def test_offline_and_without_weights_of_this_size_the_way_out_is_said(server):
    server.close()
    with pytest.raises(WeightsUnavailableError, match=r"weights='none' goes without"):
        load_network(METHOD, weights="imagenet")
    with pytest.raises(
        WeightsMissingError, match=r"got scale='paper'; weights='imagenet' downloads them; or name a file"
    ):
        load_network(METHOD, "paper")
    with pytest.raises(FileNotFoundError, match="weights: expected a file of weights, got 'imagnet'"):
        load_network(METHOD, weights="imagnet")


def test_what_only_a_trunk_takes_is_refused_by_a_network_without_one():
    for name in ("imagenet", "course", "efficientnet_lite0"):
        with pytest.raises(ValueError, match=f"fw_net has no trunk to put '{name}' into; name a file, or 'none'"):
            weight_source(get_method("fw_net"), weights=name)


def test_missing_weights_of_a_trunk_name_a_command_that_runs(monkeypatch):
    def missing(*parts):
        raise FileNotFoundError

    monkeypatch.setattr(weights, "data_path", missing)
    with pytest.raises(WeightsMissingError, match="medfuse train vgg19_softmax$"):
        weight_source(get_method("vgg19_softmax"))


def test_a_misspelt_name_of_weights_is_answered_with_those_there_are():
    with pytest.raises(FileNotFoundError, match="need no file: 'imagenet', 'course', .*'efficientnet_lite0', 'none'"):
        weight_source(get_method("vgg19_softmax"), weights="efficientnet_lite")
