"""Backbones: torchvision's names and sizes, the published arithmetic, and weights from wherever they come."""

import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from safetensors.torch import save_file  # noqa: E402

from medfuse_course.core import download  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.networks.backbones import BACKBONES, VGG, Backbone, ResNet, imagenet_input, load_backbone  # noqa: E402
from medfuse_course.networks.backbones.resnet import BasicBlock, Bottleneck  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from medfuse_course.networks.weight_sources import Download, LocalFile, WeightsUnavailableError  # noqa: E402
from tests.loopback import Server  # noqa: E402

TINY = partial(VGG, ((4, 4), (8,)))


@pytest.mark.parametrize(
    ("name", "parameters", "tensors", "some"),
    [
        ("vgg16", 14_714_688, 26, {"features.0.weight": (64, 3, 3, 3), "features.28.weight": (512, 512, 3, 3)}),
        ("vgg19", 20_024_384, 32, {"features.5.bias": (128,), "features.34.weight": (512, 512, 3, 3)}),
        (
            "resnet18",
            11_689_512,
            122,
            {"layer1.0.conv1.weight": (64, 64, 3, 3), "layer2.0.downsample.0.weight": (128, 64, 1, 1)},
        ),
        (
            "resnet50",
            25_557_032,
            320,
            {"layer1.0.downsample.1.running_var": (256,), "layer4.2.conv3.weight": (2048, 512, 1, 1)},
        ),
        ("resnet101", 44_549_160, 626, {"layer3.22.conv2.weight": (256, 256, 3, 3)}),
        ("efficientnet_lite0", 4_652_008, 296, {"_blocks.15._project_conv.weight": (320, 1152, 1, 1)}),
    ],
)
def test_sizes_and_names_are_those_that_were_published(name, parameters, tensors, some):
    with torch.device("meta"):
        network = BACKBONES[name].build()
    held = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    assert (count_parameters(network), len(held)) == (parameters, tensors)
    some |= {"bn1.running_mean": (64,), "fc.bias": (1000,)} if name.startswith("resnet") else {}
    assert some.items() <= held.items()


@pytest.mark.parametrize("name", sorted(set(BACKBONES) - {"efficientnet_lite0"}))
def test_each_file_is_pinned_by_the_digits_in_its_name(name):
    source = BACKBONES[name].imagenet
    assert source.address == f"https://download.pytorch.org/models/{name}-{source.sha256}.pth"


def _convolve(x, kernels, bias=0, stride=1):
    """NumPy's transcription of a 'same' convolution: ``(C, H, W)`` to ``(outputs, H, W)``."""
    margin = kernels.shape[-1] // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    made = np.stack([correlate(padded, kernel, "valid", "direct")[0] for kernel in kernels])
    return (made + np.reshape(bias, (-1, 1, 1)))[:, ::stride, ::stride]


def _normalize(x, layer):
    mean, var, gain, shift = (
        value.double().numpy().reshape(-1, 1, 1)
        for value in (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    )
    return (x - mean) / np.sqrt(var + 1e-5) * gain + shift


def _shaken(network):
    """Every number of a network random, those of its normalizations too."""
    generator = torch.Generator().manual_seed(5)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) - (0 if "var" in name else 0.5))
    return network.eval()


@torch.no_grad()
def test_a_vgg_is_what_numpy_says():
    network, x = _shaken(TINY()), torch.rand(1, 3, 10, 12, generator=torch.Generator().manual_seed(1))
    found = network.features(x, ("relu2_1", "pool1", "conv1_2"))
    assert list(found) == ["relu2_1", "pool1", "conv1_2"]
    w = [p.double().numpy() for p in network.parameters()]
    mean, std = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
    first = np.maximum(_convolve((x[0].double().numpy() - mean) / std, w[0], w[1]), 0)
    second = _convolve(first, w[2], w[3])
    pooled = np.maximum(second, 0).reshape(4, 5, 2, 6, 2).max(axis=(2, 4))
    third = np.maximum(_convolve(pooled, w[4], w[5]), 0)
    for name, expected in (("conv1_2", second), ("pool1", pooled), ("relu2_1", third)):
        np.testing.assert_allclose(found[name][0].numpy(), expected, atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2])
def test_a_basic_block_is_what_numpy_says(stride):
    block = _shaken(BasicBlock(4, 4 * stride, stride))
    x = torch.rand(1, 4, 9, 8, generator=torch.Generator().manual_seed(1))
    source = x[0].double().numpy()
    first, second = (layer.weight.double().numpy() for layer in (block.conv1, block.conv2))
    y = np.maximum(_normalize(_convolve(source, first, stride=stride), block.bn1), 0)
    y = _normalize(_convolve(y, second), block.bn2)
    short = source
    if stride == 2:
        short = _normalize(
            _convolve(source, block.downsample[0].weight.double().numpy(), stride=2), block.downsample[1]
        )
    np.testing.assert_allclose(block(x)[0].numpy(), np.maximum(y + short, 0), atol=1e-4)


@torch.no_grad()
def test_a_bottleneck_is_what_numpy_says():
    block = _shaken(Bottleneck(8, 4, 2))
    x = torch.rand(1, 8, 9, 8, generator=torch.Generator().manual_seed(1))
    source = x[0].double().numpy()
    w = {name: layer.weight.double().numpy() for name, layer in block.named_modules() if "conv" in name}
    y = np.maximum(_normalize(_convolve(source, w["conv1"]), block.bn1), 0)
    y = np.maximum(_normalize(_convolve(y, w["conv2"], stride=2), block.bn2), 0)  # the grid is halved here
    y = _normalize(_convolve(y, w["conv3"]), block.bn3)
    short = _normalize(_convolve(source, block.downsample[0].weight.double().numpy(), stride=2), block.downsample[1])
    np.testing.assert_allclose(block(x)[0].numpy(), np.maximum(y + short, 0), atol=1e-4)


@torch.no_grad()
def test_stages_of_a_resnet_lie_on_their_grids_and_lead_to_the_head():
    network = load_backbone("resnet18", "none").cpu()
    x = torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(1))
    found = network.features(x, ("relu", "layer1", "layer2", "layer3", "layer4"))
    shapes = [tuple(value.shape[1:]) for value in found.values()]
    assert shapes == [(64, 32, 48), (64, 16, 24), (128, 8, 12), (256, 4, 6), (512, 2, 3)]
    expected = network.fc(found["layer4"].mean(dim=(2, 3)))
    torch.testing.assert_close(network(x), expected)


def test_gray_counts_as_three_equal_channels_and_normalization_can_be_off():
    x = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(imagenet_input(x), imagenet_input(x.expand(1, 3, 8, 8)))
    network = TINY()
    torch.testing.assert_close(
        network.features(x, ("relu1_1",))["relu1_1"],
        network.features(imagenet_input(x), ("relu1_1",), normalize=False)["relu1_1"],
    )


def test_nothing_after_the_last_layer_is_computed():
    network, seen = TINY(), []
    for name, layer in zip(network.features.names, network.features, strict=True):
        layer.register_forward_hook(lambda *_, name=name: seen.append(name))
    network.features(torch.zeros(1, 3, 8, 8), ("relu1_1", "conv1_1"))
    assert seen == ["conv1_1", "relu1_1"]


@pytest.mark.parametrize(
    ("shape", "layers", "words"),
    [
        ((1, 3, 16, 16), ("relu3_1",), "unknown layer 'relu3_1'; did you mean"),
        ((1, 3, 16, 16), "relu1_1", r"layers: expected names such as \('conv1_1',\), got 'relu1_1'"),
        ((1, 3, 16, 16), (), "layers: expected names"),
        ((1, 2, 16, 16), ("relu1_1",), r"x: expected a batch \(N, 1, H, W\) or \(N, 3, H, W\), got \(1, 2, 16, 16\)"),
        ((3, 16, 16), ("relu1_1",), r"got \(3, 16, 16\)"),
        ((1, 3, 1, 1), ("relu2_1",), "x: too small for 'pool1'"),
    ],
)
def test_a_wrong_question_is_answered(shape, layers, words):
    with pytest.raises((ValueError, TypeError), match=words):
        TINY().features(torch.zeros(shape), layers)


def _file(network) -> bytes:
    buffer = io.BytesIO()
    held = {key: value for key, value in network.state_dict().items() if "num_batches" not in key}
    if isinstance(network, VGG):
        held["classifier.0.weight"] = torch.zeros(3, 3)  # a public file has it
    torch.save(held, buffer)
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """Two small backbones whose public files lie on this machine."""
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path))
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    server = Server()
    for name, build in (("tiny", TINY), ("tiny_resnet", partial(ResNet, BasicBlock, (1, 1), 4, 5))):
        body = _file(_shaken(build()))
        digits = hashlib.sha256(body).hexdigest()[:8]
        server.files[f"{name}-{digits}.pth"] = body
        entry = Backbone(build, Download(f"{server.address}{name}-{digits}.pth", digits))
        monkeypatch.setitem(BACKBONES, name, entry)
    yield server
    server.close()


@pytest.mark.parametrize("name", ["tiny", "tiny_resnet"])
def test_imagenet_weights_are_downloaded_once(server, name):
    first, second = load_backbone(name), load_backbone(name)
    expected = _shaken(BACKBONES[name].build())
    for key, tensor in first.state_dict().items():
        torch.testing.assert_close(tensor.cpu(), expected.state_dict()[key])
    assert list(server.asked.values()) == [1]
    assert str(first.weight_source) == str(BACKBONES[name].imagenet)
    assert not first.training and not any(p.requires_grad for p in first.parameters())
    next(first.parameters()).zero_()
    assert next(second.parameters()).any()  # the second is somebody else's


def test_an_interrupted_download_goes_on(server):
    source = BACKBONES["tiny"].imagenet
    body = server.files[source.cached.name]
    source.cached.parent.mkdir()
    source.cached.with_name(f"{source.cached.name}.part").write_bytes(body[:1000])
    load_backbone("tiny")
    assert server.starts == [1000]


def test_a_lie_is_refused_and_nothing_kept(server):
    source = BACKBONES["tiny"].imagenet
    server.broken[source.cached.name] = "other"
    with pytest.raises(WeightsUnavailableError, match="not the expected file"):
        load_backbone("tiny")
    assert list(source.cached.parent.iterdir()) == []


def test_offline_a_local_file_is_the_way(server, tmp_path):
    server.close()
    source = BACKBONES["tiny"].imagenet
    with pytest.raises(WeightsUnavailableError, match=rf"Connection refused.*weights='{source.cached.name}'"):
        load_backbone("tiny")
    mine = tmp_path / "mine.pth"
    mine.write_bytes(server.files[source.cached.name])
    network = load_backbone("tiny", mine)
    assert network.weight_source == LocalFile(mine)
    save_file(network.cpu().state_dict(), tmp_path / "mine.safetensors")  # without a classifier
    again = load_backbone("tiny", str(tmp_path / "mine.safetensors")).cpu()
    assert all(x.equal(y) for x, y in zip(network.parameters(), again.parameters(), strict=True))


def test_weights_of_another_network_and_wrong_names_are_answered(server, tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(server.files[BACKBONES["tiny_resnet"].imagenet.cached.name])
    with pytest.raises(CheckpointError, match=r"mine\.pth: weights of another network"):
        load_backbone("tiny", mine)
    with pytest.raises(ValueError, match="unknown backbone 'vgg91'; did you mean 'vgg19'"):
        load_backbone("vgg91")
    with pytest.raises(FileNotFoundError, match="weights: expected a file of weights, got 'imagnet'"):
        load_backbone("tiny", "imagnet")


def test_without_weights_the_filters_are_random_fixed_and_nobody_elses_numbers_move(server):
    before = torch.random.get_rng_state()
    first, second = load_backbone("tiny", "none"), load_backbone("tiny", "none")
    assert torch.random.get_rng_state().equal(before)
    assert all(x.equal(y) for x, y in zip(first.parameters(), second.parameters(), strict=True))
    assert str(first.weight_source) == "none: fixed random filters (He), seed 0"
    assert server.asked == {}


def test_importing_asks_no_network():
    code = (
        "import socket\n"
        "def refuse(*_): raise SystemExit('asked the network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "import medfuse_course.networks.backbones"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
